/**
 * Run by /bin/sh as root, in a mount namespace of its own, before the confined program:
 *   <system path> <setpriv> <ip or nothing> <mount point> <cwd> (<step> <from> <to>)... -- <program> <args>...
 * It clones the whole tree of files at the mount point, makes every mount of the clone read-only, covers and opens
 * places step by step (`from` is always read in the old tree), makes the clone the root, drops the old one and starts
 * the program without any capability, so that it can undo none of this.
 * Steps: `ro`, `rw` (show `from` at `to`), `empty` (an empty directory at `from`), `seal` (make `from` read-only).
 */
export const MOUNT_SCRIPT = `
set -e
trap 'echo "muster: the view of the file system could not be set up" >&2; exit 125' EXIT
path=$PATH setpriv=$2 ip=$3 new=$4 cwd=$5
PATH=$1
shift 5
if [ -n "$ip" ]; then "$ip" link set lo up; fi

mount --rbind / "$new"
mount --make-rprivate "$new"
mounts=$(cat /proc/self/mountinfo)
while read -r _ _ _ _ point _; do
  point=$(printf %b "$point")
  case $point in
    "$new" | "$new"/*) mount -o remount,bind,ro "$point" ;;
  esac
done <<END
$mounts
END

mount -t tmpfs -o mode=755,nosuid tmpfs "$new/dev"
for device in null zero full random urandom tty; do
  : > "$new/dev/$device"
  mount --bind "/dev/$device" "$new/dev/$device"
done
mkdir "$new/dev/shm" "$new/dev/pts"
mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs "$new/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,nosuid,noexec devpts "$new/dev/pts"
ln -s pts/ptmx "$new/dev/ptmx"
ln -s /proc/self/fd "$new/dev/fd"
for stream in 0:stdin 1:stdout 2:stderr; do ln -s "/proc/self/fd/\${stream%:*}" "$new/dev/\${stream#*:}"; done
mount -t proc -o nosuid,nodev,noexec proc "$new/proc"

place() {
  if [ -d "$1" ]; then mkdir -p "$2"; else mkdir -p "\${2%/*}"; [ -e "$2" ] || : > "$2"; fi
}
while [ "$1" != -- ]; do
  case $1 in
    ro) if [ -e "$2" ]; then
          place "$2" "$new$3"; mount --bind "$2" "$new$3"; mount -o remount,bind,ro "$new$3"
        fi ;;
    rw) place "$2" "$new$3"; mount --bind "$2" "$new$3"; mount -o remount,bind,rw,nosuid,nodev "$new$3" ;;
    empty) [ -d "$new$2" ] || mkdir -p "$new$2"
      mount -t tmpfs -o mode=755,nosuid,nodev tmpfs "$new$2" ;;
    seal) mount -o remount,bind,ro "$new$2" ;;
  esac
  shift 3
done
shift

cd "$new"
pivot_root . .
umount -l .
cd "$cwd"
trap - EXIT
PATH=$path
export PATH
exec "$setpriv" --no-new-privs --inh-caps=-all --bounding-set=-all -- "$@"
`;
