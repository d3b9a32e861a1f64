#!/bin/sh
# Gives the metrics of a run to promtool, which reads them as Prometheus does, and says what a style
# guide would. Needs promtool (Debian: apt-get install prometheus).
#
#   RULEBOX=target/debug/rulebox host/deploy/e2e/metrics.sh
set -eu
cd "$(dirname "$0")/../../.."
rulebox=${RULEBOX:-target/debug/rulebox}
for dump in fixtures/clusters/*.yaml; do
    code=0
    "$rulebox" check "$dump" -o prometheus > /tmp/rulebox-metrics.$$ || code=$?
    [ "$code" -le 3 ]
    promtool check metrics < /tmp/rulebox-metrics.$$ || [ $? = 3 ]
done
rm -f /tmp/rulebox-metrics.$$
"$rulebox" alerts > /tmp/rulebox-alerts.$$.yaml
promtool check rules /tmp/rulebox-alerts.$$.yaml
rm -f /tmp/rulebox-alerts.$$.yaml
