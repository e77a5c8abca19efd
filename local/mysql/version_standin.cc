// Makes a server call itself by another version, as Aurora MySQL does. $MYSQL_VERSION_STANDIN is the version;
// without it nothing changes. Logins by this plugin are always refused.
#include <cstdlib>
#include <cstring>
extern "C" {
// The server's own, of 60 bytes: @@version and the greeting of each connection show it.
extern char server_version[];
struct AuthDescriptor {
  int interface_version; const char *client_auth_plugin; int (*authenticate_user)(void *, void *);
  int (*generate)(char *, unsigned int *, const char *, unsigned int); int (*validate)(char *, unsigned int);
  int (*set_salt)(const char *, unsigned int, unsigned char *, unsigned char *); unsigned long flags;
  int (*compare)(const char *, unsigned long, const char *, unsigned long, int *);
};
struct PluginDescriptor { int type; void *info; const char *name, *author, *descr; int license; int (*init)(void *); int (*check_uninstall)(void *); int (*deinit)(void *); unsigned int version; void *status_vars, *system_vars, *reserved; unsigned long flags; };
}
static int init(void *) {
  const char *version = getenv("MYSQL_VERSION_STANDIN");
  if (version && *version && strlen(version) < 60) strcpy(server_version, version);
  return 0;
}
static int refuse(void *, void *) { return 0; }
static int generate(char *, unsigned int *, const char *, unsigned int) { return 1; }
static int validate(char *, unsigned int) { return 1; }
static int salt(const char *, unsigned int, unsigned char *, unsigned char *n) { *n = 0; return 0; }
static AuthDescriptor d = {0x0201, "mysql_clear_password", refuse, generate, validate, salt, 0, nullptr};
#define EXPORT extern "C" __attribute__((visibility("default")))
EXPORT int _mysql_plugin_interface_version_; EXPORT int _mysql_sizeof_struct_st_plugin_; EXPORT PluginDescriptor _mysql_plugin_declarations_[];
int _mysql_plugin_interface_version_ = 0x010B, _mysql_sizeof_struct_st_plugin_ = sizeof(PluginDescriptor);
PluginDescriptor _mysql_plugin_declarations_[] = {{7, &d, "version_standin", "test stand-in", "Stand-in", 1, init, nullptr, nullptr, 0x0100, nullptr, nullptr, nullptr, 0}, {}};
