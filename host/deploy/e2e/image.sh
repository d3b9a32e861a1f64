#!/bin/sh
# Unpacks the image that `cargo xtask image` wrote and runs its program where there is nothing else:
# the layer is the root, without a shell, a loader or libraries. Run as root, or where user
# namespaces are allowed.
#
#   host/deploy/e2e/image.sh [target/image/rulebox.tar]
set -eu
cd "$(dirname "$0")/../../.."
image=${1:-target/image/rulebox.tar}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/image" "$folder/root"
tar -xf "$image" -C "$folder/image"

# Each blob has the digest that it is named by.
(cd "$folder/image/blobs/sha256" && for it in *; do echo "$it  $it"; done | sha256sum --check --quiet)
digests() { tr ',' '\n' < "$1" | sed -n 's/.*"digest":"sha256:\([0-9a-f]*\)".*/\1/p'; }
manifest=$(digests "$folder/image/index.json")
layer=$(digests "$folder/image/blobs/sha256/$manifest" | sed -n 2p)
tar -xzf "$folder/image/blobs/sha256/$layer" -C "$folder/root"
test "$(find "$folder/root" -type f | wc -l)" = 2

run() {
    if [ "$(id -u)" = 0 ]; then
        chroot --userspec=65532:65532 "$folder/root" /rulebox "$@"
    else
        unshare --user --map-root-user --root="$folder/root" /rulebox "$@"
    fi
}
run --version
code=0
run check --quiet - < fixtures/clusters/vault-denied.yaml > "$folder/report" || code=$?
grep -q 'vault-unavailable' "$folder/report"
test "$code" = 1
echo "the image runs: rulebox check found what it is to find"
