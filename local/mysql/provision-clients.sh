#!/usr/bin/env bash
# provision-clients.sh CACHE SERVER
# Puts the clients that people use into CACHE, and writes nothing outside CACHE: Oracle's mysql and MariaDB's
# client of Debian unstable with their own libc, and mycli of Debian 12 with this machine's Python 3.11.
# SERVER is the cache of the server of 9.7, which has most of their libraries. Afterwards CACHE/bin/ has
# `oracle/mysql`, `mariadb/mysql` (MariaDB's client under the name that Debian gives it) and `mycli/mycli`.
set -euo pipefail
usage="usage: provision-clients.sh CACHE SERVER"
mkdir -p "${1:?$usage}"
cache=$(cd "$1" && pwd); server=$(cd "${2:?$usage}" && pwd)
. "$(dirname "$0")/debian-packages.sh"

need apt-get dpkg-deb flock
[[ -x /usr/bin/python3.11 ]] || { say "mycli needs Debian's Python 3.11; as root: apt-get install python3"; exit 3; }
exec 9>"$cache/.lock"; flock 9
[[ -f $cache/.done ]] && exit 0
rm -rf "$cache"/{root.tmp,oracle,mariadb,mycli,bin}

say "downloading mysql, MariaDB's client and mycli"
# The two conflict, so each has a download of its own.
download sid mysql-client-core libedit2; unpack mysql-client-core libedit2; mv "$cache/root.tmp" "$cache/oracle"
download sid mariadb-client-core; unpack; mv "$cache/root.tmp" "$cache/mariadb"
download bookworm mycli; unpack mycli python3-; mv "$cache/root.tmp" "$cache/mycli"
rm -rf "$cache"/*/usr/share/{doc,man,locale}
mkdir -p "$cache"/bin/{oracle,mariadb,mycli}

# A program with the libc and the libraries that it was built for.
program() {
  local libraries=$1 binary=$2
  cat <<RUN
#!/bin/sh
lib=\$(echo $libraries/usr/lib/*-linux-gnu) own=\$(echo $(dirname "$(dirname "$binary")")/lib/*-linux-gnu)
export OPENSSL_CONF=/dev/null MARIADB_PLUGIN_DIR=\$own/libmariadb3/plugin
exec "\$(echo "\$lib"/ld-linux-*.so.*)" --inhibit-cache --library-path "\$lib:\$own" $binary "\$@"
RUN
}
program "$server/root" "$cache/oracle/usr/bin/mysql" >"$cache/bin/oracle/mysql"
program "$cache/mariadb" "$cache/mariadb/usr/bin/mariadb" >"$cache/bin/mariadb/mysql"
cat >"$cache/bin/mycli/mycli" <<RUN
#!/bin/sh
PYTHONPATH=$cache/mycli/usr/lib/python3/dist-packages exec /usr/bin/python3.11 -m mycli.main "\$@"
RUN
chmod +x "$cache"/bin/*/*
for client in "$cache"/bin/*/*; do
  "$client" --version >&2 || { say "$client does not start"; exit 3; }
done
touch "$cache/.done"
