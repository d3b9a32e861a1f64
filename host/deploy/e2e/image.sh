#!/bin/sh
# Unpacks the image that `cargo xtask image` wrote and runs its program as a container does: the
# layer is the root, which cannot be written and has no shell, no loader and no libraries, and
# beside it is /proc; the user is not root. Run as root, or where user namespaces are allowed. Needs
# curl and openssl.
#
#   host/deploy/e2e/image.sh [target/image/rulebox.tar]
set -eu
cd "$(dirname "$0")/../../.."
image=${1:-target/image/rulebox.tar}
folder=$(mktemp -d)
serving=
trap 'test -z "$serving" || kill "$serving"; rm -rf "$folder"' EXIT
mkdir "$folder/image" "$folder/root"
tar -xf "$image" -C "$folder/image"

# Each blob has the digest that it is named by.
(cd "$folder/image/blobs/sha256" && for it in *; do echo "$it  $it"; done | sha256sum --check --quiet)
digests() { tr ',' '\n' < "$1" | sed -n 's/.*"digest":"sha256:\([0-9a-f]*\)".*/\1/p'; }
manifest=$(digests "$folder/image/index.json")
layer=$(digests "$folder/image/blobs/sha256/$manifest" | sed -n 2p)
tar -xzf "$folder/image/blobs/sha256/$layer" -C "$folder/root"
test "$(find "$folder/root" -type f | wc -l)" = 2

# What is mounted into a container.
mkdir "$folder/root/proc" "$folder/root/mounted"
export folder
if [ "$(id -u)" = 0 ]; then
    export who=--userspec=65532:65532
    unshare="unshare --mount"
else
    export who=
    unshare="unshare --user --map-root-user --mount --pid --fork --kill-child"
fi
become() {
    exec $unshare sh -c 'mount --bind "$folder/root" "$folder/root"
        mount -o remount,bind,ro "$folder/root"
        mount -t proc proc "$folder/root/proc"
        exec chroot $who "$folder/root" /rulebox "$@"' sh "$@"
}
run() { (become "$@"); }
run --version
code=0
run check --quiet - < fixtures/clusters/vault-denied.yaml > "$folder/report" || code=$?
grep -q 'vault-unavailable' "$folder/report"
test "$code" = 1
echo "rulebox check found what it is to find"

# A pack that was not compiled beforehand is compiled by a second process of the program.
cp target/packs/examples/org-workloads.wasm "$folder/root/mounted/"
code=0
run check --quiet --pack /mounted/org-workloads.wasm - < fixtures/clusters/vault-denied.yaml \
    > "$folder/report" 2> "$folder/log" || code=$?
cat "$folder/log"
test "$code" -le 1
echo "it compiles a pack"

# It serves by TLS, also where no cluster answers.
(cd "$folder/root/mounted" && openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
    -addext subjectAltName=IP:127.0.0.1 -keyout tls.key -out tls.crt 2> /dev/null)
cat > "$folder/root/mounted/kubeconfig" << 'END'
apiVersion: v1
kind: Config
clusters: [{name: none, cluster: {server: "https://127.0.0.1:1"}}]
contexts: [{name: none, context: {cluster: none, user: none}}]
users: [{name: none, user: {token: none}}]
current-context: none
END
chmod 644 "$folder/root/mounted/"*
become serve --listen 127.0.0.1:0 --tls-cert /mounted/tls.crt --tls-key /mounted/tls.key \
    --kubeconfig /mounted/kubeconfig 2> "$folder/log" &
serving=$!
for _ in $(seq 100); do
    address=$(sed -n 's|.*serving on https://\([0-9.:]*\).*|\1|p' "$folder/log")
    test -z "$address" || break
    sleep 0.1
done
get() { curl --silent --show-error --fail --cacert "$folder/root/mounted/tls.crt" "https://$address$1"; }
get /livez > /dev/null
get /metrics | grep -q '^rulebox_build_info'
kill "$serving"
wait "$serving" || true
serving=
echo "it serves"
