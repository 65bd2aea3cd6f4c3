#!/bin/bash
# 故障诊断: why does the device not charge?
DEVICE_ID="${1:-82210225000520}"

echo "1. 设备是否在线"
docker exec iot-postgres-prod psql -U iot -d iot_server -t -c \
  "SELECT CASE WHEN last_seen_at > NOW() - INTERVAL '30 seconds' THEN '在线' ELSE '离线' END FROM devices WHERE phy_id='$DEVICE_ID';"

echo "2. 是否有活动订单"
docker exec iot-postgres-prod psql -U iot -d iot_server -c \
  "SELECT order_no, port_no, status, created_at FROM orders WHERE device_id=(SELECT id FROM devices WHERE phy_id='$DEVICE_ID') AND status IN ('pending','charging');"

echo "3. 下行队列长度"
docker exec iot-redis-prod redis-cli LLEN "outbound:$DEVICE_ID"

echo "4. 最近的指令"
docker logs iot-server-prod 2>&1 | grep "$DEVICE_ID" | grep '"0x82"' | tail -5

echo "5. 最近的错误"
docker logs iot-server-prod 2>&1 | grep '"error"' | tail -5
