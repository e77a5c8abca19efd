# Unpacks Debian packages into a folder, without installing them. To be sourced, with CACHE as `$cache`:
# provision.sh and provision-clients.sh.

say() { echo "provision-mysql: $*" >&2; }

# Names the Debian package of a tool.
package_of() { case $1 in flock) echo util-linux ;; mvn) echo maven ;; *) echo "$1" ;; esac; }

# Installs a missing tool if this is root, else says what to install.
need() {
  local tool
  for tool; do
    command -v "$tool" >/dev/null && continue
    if [[ $tool != apt-get && $tool != dpkg-deb && $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
      say "installing $(package_of "$tool")"
      { apt-get -qq update && apt-get -qq install -y --no-install-recommends "$(package_of "$tool")"; } >/dev/null &&
        continue
    fi
    say "$tool is missing; as root: apt-get install $(package_of "$tool")"
    exit 3
  done
}

# Downloads Debian packages of a suite and what they need into CACHE/.apt/archives. This apt has its own lists
# and an empty list of installed packages. It takes perl for installed, which only helper scripts use.
# It checks the archive's signature and every hash.
download() {
  local suite=$1 apt=$cache/.apt mirror; shift
  mirror=$(apt-get indextargets --no-release-info --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' |
    awk -v suite="$(. /etc/os-release; echo "$VERSION_CODENAME")" '$2 == suite { print $1; exit }')
  rm -rf "$apt"; mkdir -p "$apt"/{lists/partial,archives/partial,etc/preferences.d,etc/apt.conf.d}
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >"$apt/etc/sources.list"
  for p in perl perl-base; do
    printf 'Package: %s\nStatus: install ok installed\nPriority: optional\nSection: perl\nMaintainer: none\nArchitecture: %s\nMulti-Arch: allowed\nVersion: 99\nDescription: stub\n\n' "$p" "$(dpkg --print-architecture)"
  done >"$apt/status"
  cat >"$apt/apt.conf" <<CONF
Dir::Etc "$apt/etc";
Dir::Etc::sourceparts "/nonexistent";
Dir::State "$apt";
Dir::State::status "$apt/status";
Dir::Cache "$apt";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::Retries "3";
Acquire::Check-Valid-Until "false";
CONF
  APT_CONFIG=$apt/apt.conf apt-get -qq update
  APT_CONFIG=$apt/apt.conf apt-get -qq install -y --no-install-recommends --download-only "$@" >/dev/null
}

# Unpacks the downloaded packages whose names begin with one of the given words, or all, into CACHE/root.tmp.
unpack() {
  local deb word
  for deb in "$cache"/.apt/archives/*.deb; do
    for word in "${@:-}"; do
      [[ $(basename "$deb") == "$word"* ]] && dpkg-deb -x "$deb" "$cache/root.tmp"
    done
  done
  rm -rf "$cache/.apt"
}
