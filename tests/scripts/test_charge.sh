#!/bin/bash
# 充电全流程测试: query the device, start a charge, watch it until it is completed.
HOST="${HOST:-localhost:7055}"
API_KEY="${API_KEY:-test-api-key}"
DEVICE_ID="${1:-82210225000520}"
PORT_NO="${2:-1}"
BASE="http://$HOST/api/v1/third"

echo "=== 1. 查询设备状态 ==="
ONLINE=$(curl -s "$BASE/devices/$DEVICE_ID" -H "X-Api-Key: $API_KEY" | jq -r '.data.online')
echo "设备在线: $ONLINE"
if [ "$ONLINE" != "true" ]; then
  echo "设备离线, 测试终止"
  exit 1
fi

echo "=== 2. 启动充电 ==="
RESPONSE=$(curl -s -X POST "$BASE/devices/$DEVICE_ID/charge" \
  -H "X-Api-Key: $API_KEY" \
  -H "Content-Type: application/json" \
  -d "{
    \"port_no\": $PORT_NO,
    \"charge_mode\": 1,
    \"duration\": 300,
    \"amount\": 500,
    \"price_per_kwh\": 150,
    \"service_fee\": 50
  }")
echo "$RESPONSE"
ORDER_NO=$(echo "$RESPONSE" | jq -r '.data.order_no')
if [ -z "$ORDER_NO" ] || [ "$ORDER_NO" = "null" ]; then
  echo "启动失败"
  exit 1
fi
echo "订单号: $ORDER_NO"

echo "=== 3. 监控充电进度 ==="
for i in $(seq 1 30); do
  ORDER=$(curl -s "$BASE/orders/$ORDER_NO" -H "X-Api-Key: $API_KEY")
  DURATION=$(echo "$ORDER" | jq -r '.data.duration_sec')
  KWH=$(echo "$ORDER" | jq -r '.data.total_kwh')
  POWER=$(echo "$ORDER" | jq -r '.data.current_power')
  STATUS=$(echo "$ORDER" | jq -r '.data.status')
  echo "[$i/30] 状态: $STATUS, 时长: ${DURATION}秒, 电量: ${KWH}kWh, 功率: ${POWER}W"
  if [ "$STATUS" = "completed" ]; then
    echo "充电完成"
    exit 0
  fi
  sleep 10
done
echo "充电未在规定时间内完成"
exit 1
