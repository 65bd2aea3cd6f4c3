import type { Words } from '../words'

/** Key figures, by the server's names. */
export const kpis: Record<string, Words> = {
  'kpi.avg_charge_minutes': ['平均充电时长', 'Average charge'],
  'kpi.billing_accuracy': ['计费准确率', 'Billing accuracy'],
  'kpi.charge_success_rate': ['充电成功率', 'Charge success'],
  'kpi.command_latency': ['指令延迟', 'Command latency'],
  'kpi.command_success_rate': ['指令成功率', 'Command success'],
  'kpi.complaint_rate': ['用户投诉率', 'Complaints'],
  'kpi.db_response_ms': ['数据库响应', 'Database response'],
  'kpi.detect_minutes': ['异常发现时间', 'Detection'],
  'kpi.device_online_rate': ['设备在线率', 'Devices online'],
  'kpi.end_report_rate': ['结束报告接收率', 'End reports received'],
  'kpi.energy_utilisation': ['功率利用率', 'Energy utilisation'],
  'kpi.handle_minutes': ['异常处理时间', 'Handling'],
  'kpi.heartbeat_loss_rate': ['心跳丢失率', 'Heartbeat loss'],
  'kpi.order_completion_rate': ['订单完成率', 'Order completion'],
  'kpi.port_utilisation': ['端口利用率', 'Port utilisation'],
  'kpi.protocol_compliance_rate': ['协议合规率', 'Protocol compliance'],
  'kpi.protocol_error_rate': ['协议错误率', 'Protocol errors'],
  'kpi.satisfaction': ['满意度', 'Satisfaction'],
  'kpi.state_consistency': ['状态一致性', 'State consistency'],
  'kpi.status_report_missing_rate': ['状态上报缺失率', 'Status reports missing'],
  'kpi.stuck_rate': ['订单卡住率', 'Stuck orders'],
  'kpi.webhook_latency': ['推送延迟', 'Webhook latency'],
  'kpi.webhook_success': ['推送成功率', 'Webhook success'],
}
