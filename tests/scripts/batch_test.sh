#!/bin/bash
# 批量测试: both devices, ports 1 and 2, three minutes for three yuan each.
HOST="${HOST:-localhost:7055}"
API_KEY="${API_KEY:-test-api-key}"
DEVICES=("82210225000520" "82241218000382")
PORTS=(1 2)
BASE="http://$HOST/api/v1/third"
ORDERS=()

for DEVICE in "${DEVICES[@]}"; do
  for PORT in "${PORTS[@]}"; do
    echo "启动 $DEVICE 端口 $PORT"
    ORDER_NO=$(curl -s -X POST "$BASE/devices/$DEVICE/charge" \
      -H "X-Api-Key: $API_KEY" \
      -d "{\"port_no\": $PORT, \"charge_mode\": 1, \"duration\": 180, \"amount\": 300}" \
      | jq -r '.data.order_no')
    ORDERS+=("$ORDER_NO")
    echo "  订单: $ORDER_NO"
  done
done

echo "等待 15 秒..."
sleep 15

FAILED=0
for ORDER_NO in "${ORDERS[@]}"; do
  STATUS=$(curl -s "$BASE/orders/$ORDER_NO" -H "X-Api-Key: $API_KEY" | jq -r '.data.status')
  echo "$ORDER_NO: $STATUS"
  case "$STATUS" in
    pending|charging|completed) ;;
    *) FAILED=1 ;;
  esac
done
exit $FAILED
