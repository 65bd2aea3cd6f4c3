#!/bin/bash
# 设备监控: is the device online, its ports, its active orders, its last log lines.
DEVICE_ID="${1:-82210225000520}"

echo "=== 设备状态 ==="
docker exec iot-postgres-prod psql -U iot -d iot_server -c \
  "SELECT phy_id, last_seen_at, last_seen_at > NOW() - INTERVAL '30 seconds' AS online FROM devices WHERE phy_id='$DEVICE_ID';"

echo "=== 端口状态 ==="
docker exec iot-postgres-prod psql -U iot -d iot_server -c \
  "SELECT p.port_no, CASE p.status WHEN 0 THEN '空闲' WHEN 1 THEN '充电中' ELSE '故障' END AS status, COALESCE(p.power_w,0) AS power_w FROM ports p JOIN devices d ON p.device_id=d.id WHERE d.phy_id='$DEVICE_ID' ORDER BY p.port_no;"

echo "=== 活动订单 ==="
docker exec iot-postgres-prod psql -U iot -d iot_server -c \
  "SELECT order_no, port_no, status, duration_sec, total_kwh, current_power FROM orders WHERE device_id=(SELECT id FROM devices WHERE phy_id='$DEVICE_ID') AND status IN ('pending','charging') ORDER BY port_no;"

echo "=== 最近日志 ==="
docker logs iot-server-prod 2>&1 | grep "$DEVICE_ID" | tail -3
