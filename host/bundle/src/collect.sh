#!/bin/sh
# Collects from a Kubernetes cluster what rules of Rulebox read, into one file for `rulebox check`.
#
#   sh collect.sh [FLAGS OF KUBECTL]      for example: sh collect.sh --context prod
#
# It only reads: each request is a `kubectl get`. It needs kubectl, tar with gzip, and the right to
# list what stands in the table below. In the folder where it runs it leaves one file,
# rulebox-bundle-TIME.tar.gz, that only you can read:
#
#   lists/*.json          the objects of each line of the table, as the cluster gives them
#   lists/*.err           why a list is missing, or is not whole
#   lists.txt             the table
#   rulebox-bundle.json   when it was collected, and the uid of the Namespace kube-system
#   version.json          the version of the cluster
# <secrets>
#   fields.txt            what was taken of Secrets: names, labels, types, keys, and no values
# </secrets>
#
# Commands, environment variables and ConfigMaps are among the objects: look at them before you
# send the file, if passwords may stand there.

set -u
umask 077
LC_ALL=C
MSYS_NO_PATHCONV=1 # Git Bash would make names of files of the paths below.
export LC_ALL MSYS_NO_PATHCONV

# Gets a path of the API: get PATH [FLAG]... Standard input is not for kubectl: the table is there.
get() {
  path=$1
  shift
  kubectl "$@" get --raw "$path" </dev/null
}

# Prints what a group serves and lists, the preferred version first: in each line the path of the
# version, a blank, and what the server says of the resource. served GROUP [FLAG]...
served() {
  group=$1
  shift
  root=/api
  versions=v1
  if [ "$group" != - ]; then
    root=/apis/$group
    answer=$(get "$root" "$@" | tr -d ' \t\r\n')
    preferred=$(printf '%s\n' "$answer" |
      sed -n 's/.*"preferredVersion":{[^}]*"version":"\([a-z0-9]*\)".*/\1/p')
    others=$(printf '%s\n' "$answer" | tr '{' '\n' |
      sed -n 's/.*"version":"\([a-z0-9]*\)".*/\1/p' | grep -vxF "$preferred")
    versions="$preferred $others"
  fi
  for version in $versions; do
    { get "$root/$version" "$@" | tr -d ' \t\r\n' && echo; } | tr '{' '\n' |
      sed -n "/\"verbs\":\[[^]]*\"list\"/s|^|$root/$version |p"
  done
}
# <secrets>

# Prints a list of Secrets without their values and annotations: secrets NAMESPACE [FLAG]...
secrets() {
  scope=--all-namespaces
  [ "$1" = - ] || scope=--namespace=$1
  shift
  kubectl "$@" get secrets "$scope" -o "go-template=$without_values" </dev/null
}
without_values=$(
  cat <<'END'
{"kind":"SecretList","apiVersion":"v1","metadata":{},"items":[
{{- range $i, $it := .items}}{{if $i}},{{end}}
{"metadata":{"name":"{{.metadata.name}}","namespace":"{{.metadata.namespace}}",
"uid":"{{.metadata.uid}}","resourceVersion":"{{.metadata.resourceVersion}}",
"creationTimestamp":"{{.metadata.creationTimestamp}}","labels":{ {{- $comma := ""}}
{{- range $key, $value := .metadata.labels}}{{$comma}}"{{$key}}":"{{$value}}"{{$comma = ","}}{{end -}}
}},"type":{{printf "%q" .type}},"data":{ {{- $comma := ""}}
{{- range $key, $value := .data}}{{$comma}}"{{$key}}":""{{$comma = ","}}{{end -}}
}}
{{- end}}
]}
END
)
# </secrets>

# Prints the list of a kind, or says why it cannot: list GROUP KIND NAMESPACE [FLAG]...
list() {
  group=$1
  kind=$2
  namespace=$3
  shift 3
  resource=$(printf '%s\n' "$resources" | sed -n \
    "/\"kind\":\"$kind\"/s|^\([^ ]*\) .*\"name\":\"\([a-z0-9.-]*\)\".*|\1 \2|p" | head -n 1)
  if [ -z "$resource" ]; then
    name=$kind.$group
    printf '%s\n' "${refusal:-the cluster serves no ${name%.-}}" >&2
    return 1
  fi
# <secrets>
  if [ "$group $kind" = '- Secret' ]; then
    secrets "$namespace" "$@"
    return
  fi
# </secrets>
  scope=
  [ "$namespace" = - ] || scope=/namespaces/$namespace
  get "${resource% *}$scope/${resource#* }" "$@"
}

command -v kubectl >/dev/null || {
  echo 'kubectl is needed, and the PATH has none' >&2
  exit 127
}
as_of=$(date -u +%Y-%m-%dT%H:%M:%SZ)
folder=rulebox-bundle-$(echo "$as_of" | tr -d ':-')-$$
mkdir "$folder" "$folder/lists" || exit 1
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' HUP INT TERM

if ! get /version "$@" >"$folder/version.json" 2>"$folder/errors"; then
  rm "$folder/version.json"
  # A server that answers may still give lists.
  grep -q '^Error from server' "$folder/errors" || {
    cat "$folder/errors" >&2
    echo 'kubectl does not reach the cluster: nothing was collected' >&2
    exit 1
  }
fi
cluster=$(kubectl "$@" get namespace kube-system -o 'jsonpath={.metadata.uid}' \
  </dev/null 2>/dev/null)
case $cluster in *[!0-9a-f-]*) cluster= ;; esac
printf '{"format":@FORMAT@,"rulebox":"@RULEBOX@","asOf":"%s","cluster":"%s"}\n' \
  "$as_of" "$cluster" >"$folder/rulebox-bundle.json"
# <secrets>
cat >"$folder/fields.txt" <<'END'
@FIELDS@
END
# </secrets>

# File, group (- is core), kind, and namespace (- is all).
cat >"$folder/lists.txt" <<'END'
@LISTS@
END

asked=0
read=0
discovered=
while read -r file group kind namespace; do
  echo "reading $file" >&2
  if [ "$group" != "$discovered" ]; then
    discovered=$group
    resources=$(served "$group" "$@" 2>"$folder/errors")
    refusal=$(grep -v -e '(NotFound)' -e '^Warning: ' "$folder/errors")
  fi
  asked=$((asked + 1))
  file=$folder/lists/$file
  if list "$group" "$kind" "$namespace" "$@" >"$file.json" 2>"$file.err"; then
    read=$((read + 1))
    rm "$file.err"
  else
    status=$?
    [ -s "$file.json" ] || rm "$file.json"
    [ -s "$file.err" ] || echo "kubectl ended with status $status" >"$file.err"
  fi
done <"$folder/lists.txt"

rm "$folder/errors"
tar -czf "$folder.tar.gz" "$folder" || {
  trap - EXIT
  rm -f "$folder.tar.gz"
  echo "tar failed: what was collected is in the folder $folder" >&2
  exit 1
}
echo "$folder.tar.gz"
if [ "$read" -lt "$asked" ]; then
  echo "$((asked - read)) of $asked lists could not be read: lists/*.err in the file say why" >&2
fi
[ "$read" -gt 0 ]
