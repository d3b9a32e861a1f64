#!/bin/sh
# Collects from a Kubernetes cluster what rules of Rulebox read, into one file for `rulebox check`.
#
#   sh collect.sh [FLAGS OF KUBECTL]      for example: sh collect.sh --context prod
#   sh collect.sh --help                  prints this
#
# It only reads: each request is a `kubectl get`. It needs kubectl, tar, gzip, sed, grep, and the
# right to list what stands in the table below. It collects no logs: where rules read logs, name
# them beside the file (`rulebox check FILE logs/`). In the folder where it runs it leaves one file,
# rulebox-bundle-TIME.tar.gz, that only you can read:
#
#   lists/*.json          the objects of each line of the table, as the cluster gives them
#   lists/*.err           why a list is missing, or is not whole
#   lists.txt             the table
#   rulebox-bundle.json   when it was collected, and the uid of the Namespace kube-system
#   version.json          the version of the cluster
#   fields.txt            what was taken: whole objects
# <secrets>
#                         of Secrets their names, labels, types and keys, and no values
# </secrets>
#
# Commands, environment variables and ConfigMaps are among the objects: look at them before you
# send the file, if passwords may stand there.

# Each failure is looked at where it happens, so a shell that ends at the first (-e, pipefail) must
# not: its caller may have asked for that.
set +e -u
(set +o pipefail) 2>/dev/null && set +o pipefail
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

for word in "$@"; do
  case $word in
    -h | --help)
      cat <<'END'
@HELP@
END
      exit 0
      ;;
  esac
done
lacking=
for program in kubectl sed grep tar gzip tr head tail cat date mkdir rm; do
  command -v "$program" >/dev/null || {
    echo "$program is needed, and the PATH has none" >&2
    lacking=yes
  }
done
[ -z "$lacking" ] || exit 127
as_of=$(date -u +%Y-%m-%dT%H:%M:%SZ)
folder=rulebox-bundle-$(echo "$as_of" | tr -d ':-')-$$
mkdir "$folder" "$folder/lists" || {
  echo 'no folder can be made here: run it in a folder that you may write to' >&2
  exit 1
}
trap 'rm -rf "$folder" "$folder.tar.gz"' EXIT
trap 'exit 130' HUP INT TERM
# A limit on the size of files is a failure like others.
(trap '' XFSZ) 2>/dev/null && trap '' XFSZ

if ! get /version "$@" >"$folder/version.json" 2>"$folder/errors"; then
  rm "$folder/version.json"
  # A server that answers may still give lists.
  if ! grep -q '^Error from server' "$folder/errors"; then
    cat "$folder/errors" >&2
    if grep -q -i -e '(Unauthorized)' -e 'must be logged in' -e 'provide credentials' \
      "$folder/errors"; then
      echo 'the cluster refuses the credentials: nothing was collected' >&2
    elif grep -q -e '^[Ee]rror: unknown' -e '^unknown ' -e 'See .kubectl' \
      -e 'flag needs an argument' "$folder/errors"; then
      echo 'kubectl refuses what was typed: nothing was collected' >&2
    elif grep -q -e 'onnection to the server' -e 'Unable to connect' "$folder/errors"; then
      echo 'kubectl does not reach the cluster: nothing was collected' >&2
    elif [ ! -s "$folder/errors" ]; then
      echo 'kubectl failed without a word, or the disk is full: nothing was collected' >&2
    else
      echo 'kubectl failed, as it says above: nothing was collected' >&2
    fi
    exit 1
  fi
  if grep -q '(Unauthorized)' "$folder/errors"; then
    cat "$folder/errors" >&2
    echo 'the cluster refuses the credentials: nothing was collected' >&2
    exit 1
  fi
fi
cluster=$(kubectl "$@" get namespace kube-system -o 'jsonpath={.metadata.uid}' \
  </dev/null 2>/dev/null)
case $cluster in *[!0-9a-f-]*) cluster= ;; esac
printf '{"format":@FORMAT@,"rulebox":"@RULEBOX@","asOf":"%s","cluster":"%s"}\n' \
  "$as_of" "$cluster" >"$folder/rulebox-bundle.json"
# Group (- is core), kind, and field (* is all); the last line counts the others.
cat >"$folder/fields.txt" <<'END'
@FIELDS@
END

# File, group (- is core), kind, and namespace (- is all); the last line counts the others.
cat >"$folder/lists.txt" <<'END'
@LISTS@
END

asked=0
read=0
discovered=
while read -r file group kind namespace; do
  [ "$file" != end ] || break
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
    grep -q -v '^Warning: ' "$file.err" || echo "kubectl ended with status $status" >>"$file.err"
  fi
done <"$folder/lists.txt"

rm "$folder/errors"
full='the disk is full, or files may not be so large'
# A disk that was full left a table short, or files without an end.
if [ "$(tail -n 1 "$folder/lists.txt" 2>/dev/null)" != 'end @NUMBER@' ] ||
  [ ! -s "$folder/rulebox-bundle.json" ]; then
  echo "$full: nothing was collected, and nothing is left" >&2
  exit 1
fi
if ! tar -czf "$folder.tar.gz" "$folder"; then
  trap - EXIT
  rm -f "$folder.tar.gz"
  echo "tar failed (perhaps $full): what was collected is in the folder $folder" >&2
  exit 1
fi
trap 'rm -rf "$folder"' EXIT
echo "$folder.tar.gz" 2>/dev/null || {
  echo "standard output takes nothing: what was collected is in $folder.tar.gz" >&2
  exit 1
}
if [ "$read" -lt "$asked" ]; then
  echo "$((asked - read)) of $asked lists could not be read: lists/*.err in the file say why" >&2
fi
[ "$read" -gt 0 ]
