#!/usr/bin/env bash
# provision.sh CACHE [PLUGIN.cc ...]
# Puts a real MySQL server (Debian unstable's mysql-server-core) under CACHE, beside the
# system and not into it: the server runs with its own libc and libraries. Nothing outside
# CACHE is written. Run again it does nothing; a half-done run is done over. Afterwards:
#   CACHE/mysqld ARGS...   the server (no option files are read)
#   CACHE/tls/             ca.pem, server-cert.pem, server-key.pem for localhost, 127.0.0.1
#   CACHE/plugins/         the given plugin sources, compiled, beside the server's own plugins
# Data directories are made by local/mysql/mysql-template.ts.
set -euo pipefail
for tool in apt-get dpkg-deb openssl g++ flock; do
  command -v "$tool" >/dev/null && continue
  if [[ $tool != apt-get && $tool != dpkg-deb && $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
    echo "provision-mysql: installing $tool" >&2
    { apt-get -qq update && apt-get -qq install -y --no-install-recommends "${tool/flock/util-linux}"; } >/dev/null && continue
  fi
  echo "provision-mysql: $tool is missing; as root: apt-get install ${tool/flock/util-linux}" >&2
  exit 3
done
here=$(cd "$(dirname "$0")" && pwd)
suite=${MYSQL_SUITE:-sid}
mkdir -p "${1:?usage: provision.sh CACHE [PLUGIN.cc ...]}"
cache=$(cd "$1" && pwd); shift
exec 9>"$cache/.lock"; flock 9

say() { echo "provision-mysql: $*" >&2; }
# done STAMP KEY: whether that step was finished for this very key
done_for() { [[ -f $cache/.done-$1 && $(<"$cache/.done-$1") == "$2" ]]; }
finish() { printf %s "$2" >"$cache/.done-$1"; }

# 1. The packages: an apt of its own (own lists, own empty status, own archive), told that perl
#    is there (only helper scripts want it). apt checks the archive's signature and every hash.
fetch() {
  local apt=$cache/.apt mirror
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
  APT_CONFIG=$apt/apt.conf apt-get -qq install -y --no-install-recommends --download-only mysql-server-core >/dev/null
}

# 2. Unpacked into a root of its own.
unpack() {
  rm -rf "$cache/root" "$cache/root.tmp"; mkdir "$cache/root.tmp"
  for deb in "$cache"/.apt/archives/*.deb; do dpkg-deb -x "$deb" "$cache/root.tmp"; done
  rm -rf "$cache"/root.tmp/usr/share/{doc,man,locale,lintian,gcc,gdb} "$cache"/root.tmp/usr/lib/*/gconv
  mv "$cache/root.tmp" "$cache/root"
  cat >"$cache/mysqld.tmp" <<'RUN'
#!/bin/sh
cache=$(dirname "$(readlink -f "$0")"); usr=$cache/root/usr
lib=$(echo "$usr"/lib/*-linux-gnu)
export OPENSSL_CONF=/dev/null
exec "$(echo "$lib"/ld-linux-*.so.*)" --inhibit-cache --library-path "$lib" "$usr/sbin/mysqld" \
  --no-defaults --basedir="$usr" --lc-messages-dir="$usr/share/mysql" \
  --character-sets-dir="$usr/share/mysql/charsets" --plugin-dir="$cache/plugins" "$@"
RUN
  chmod +x "$cache/mysqld.tmp"; mv "$cache/mysqld.tmp" "$cache/mysqld"
  rm -rf "$cache/plugins"; cp -r "$cache/root/usr/lib/mysql/plugin" "$cache/plugins"
}

# 3. A CA, and a certificate of its for this machine's loopback names.
certify() {
  rm -rf "$cache/tls"; mkdir "$cache/tls"; (
    cd "$cache/tls"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj /CN=mysql-test-ca \
      -keyout ca-key.pem -out ca.pem
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -keyout server-key.pem -out server.csr
    openssl x509 -req -in server.csr -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days 3650 -out server-cert.pem \
      -extfile <(echo 'subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1')
  ) 2>/dev/null
}

# 4. The plugins given.
compile() {
  for source; do
    g++ -std=c++17 -O1 -fPIC -shared -fvisibility=hidden -o "$cache/plugins/.new.so" "$source"
    mv "$cache/plugins/.new.so" "$cache/plugins/$(basename "${source%.*}").so"
  done
}

self=$(sha256sum <"$here/provision.sh" | cut -c1-16)
if ! done_for root "$suite $self"; then
  say "fetching mysql-server-core and what it needs from $suite"; fetch
  say "unpacking"; unpack
  rm -rf "$cache/.apt"
  finish root "$suite $self"
fi
done_for tls "$self" || { say "making certificates"; certify; finish tls "$self"; }
if (($#)); then
  key="$self $(cat "$@" | sha256sum | cut -c1-16)"
  done_for plugins "$key" || { say "compiling the authentication plugins"; compile "$@"; finish plugins "$key"; }
fi
