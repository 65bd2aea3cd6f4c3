#!/bin/bash
# 压力测试: a thousand starts, ten at a time.
HOST="${HOST:-localhost:7055}"
API_KEY="${API_KEY:-test-api-key}"
DEVICE_ID="${1:-82210225000520}"
BODY=$(mktemp)
trap 'rm -f "$BODY"' EXIT
echo '{"port_no":1,"charge_mode":1,"duration":60,"amount":100}' > "$BODY"
ab -n 1000 -c 10 -p "$BODY" -T application/json -H "X-Api-Key: $API_KEY" \
  "http://$HOST/api/v1/third/devices/$DEVICE_ID/charge"
