#!/bin/sh
# Gives what `rulebox manifests` prints to an API server, which checks it and keeps nothing. The
# namespaces must be there; so must the kinds of the Prometheus operator for the last choice, which
# is left out without them.
#
#   RULEBOX=target/debug/rulebox KUBECONFIG=... host/deploy/e2e/manifests.sh
set -eu
cd "$(dirname "$0")/../../.."
rulebox=${RULEBOX:-target/debug/rulebox}
for namespace in rulebox csdr; do
    kubectl get namespace "$namespace" > /dev/null 2>&1 || kubectl create namespace "$namespace"
done
try() {
    echo "manifests $*"
    "$rulebox" manifests "$@" | kubectl apply --dry-run=server --validate=strict -f -
}
image=registry.example.com/rulebox:0.1.0
try --image $image
try --image $image --replicas 2 --tls-secret rulebox-tls --write-events --write-reports openreports \
    --alertmanager http://alertmanager.monitoring:9093 --scrape-annotations --dashboards
try --image $image --form cronjob --pushgateway http://pushgateway.monitoring:9091 \
    --write-reports policyreports --schedule '0 * * * *'
try --role-only
if kubectl get crd prometheusrules.monitoring.coreos.com > /dev/null 2>&1; then
    try --image $image --service-monitor --prometheus-rule
    "$rulebox" alerts -o prometheusrule | kubectl apply --dry-run=server -f -
fi
