import type { Words } from '@/words/words'

/** How each figure is made, in words. */
export const FORMULAS: Record<string, Words> = {
  protocol_compliance_rate: [
    '全程合规的充电 ÷ 已结束的充电（按时应答启动、状态间隔不超过 10 分钟、结束后 1 分钟内上报且字段齐全、没有坏帧）',
    'Charges that kept every rule ÷ charges that ended',
  ],
  status_report_missing_rate: [
    '缺失的状态上报 ÷ 应有的状态上报（充电中每 5 分钟一次）',
    'Status reports that did not come ÷ those due every 5 minutes of a charge',
  ],
  end_report_rate: [
    '收到设备结束报告的充电 ÷ 已结束的充电',
    'Charges whose device reported the end ÷ charges that ended',
  ],
  protocol_error_rate: ['无效上行报文 ÷ 全部上行报文', 'Invalid frames ÷ all frames of devices'],
  charge_success_rate: [
    '进入充电的订单 ÷（进入充电 + 启动失败）；用户取消和超时未插枪不算',
    'Orders that charged ÷ those and failed starts; cancelled and unplugged ones do not count',
  ],
  order_completion_rate: [
    '以设备结束报告完成的订单 ÷ 离开充电状态的订单',
    'Orders finished by the device’s own report ÷ orders that left charging',
  ],
  stuck_rate: [
    '因卡住、离线、超时而关闭的订单 ÷ 充电过的订单',
    'Orders closed as stuck, offline or overdue ÷ orders that charged',
  ],
  state_consistency: [
    '1 − 不一致的充电订单次数 ÷ 检查过的充电订单次数',
    '1 − inconsistent charging orders ÷ charging orders looked at',
  ],
  device_online_rate: [
    '在线秒数 ÷ 投运设备的服务秒数',
    'Seconds online ÷ seconds that devices were in service',
  ],
  heartbeat_loss_rate: ['1 − 收到的心跳 ÷ 应有的心跳', '1 − heartbeats received ÷ heartbeats due'],
  avg_charge_minutes: [
    '完成订单的平均时长，正常为 30–240 分钟',
    'Mean length of completed orders; 30 to 240 minutes are healthy',
  ],
  db_response_ms: ['数据库查询耗时的 95 分位', '95 of 100 queries are faster'],
  billing_accuracy: [
    '1 − 因我方计费错误而更正的订单 ÷ 完成订单',
    '1 − orders corrected because our bill was wrong ÷ completed orders',
  ],
  complaint_rate: ['投诉 ÷ 完成订单', 'Complaints ÷ completed orders'],
  detect_minutes: [
    '从发生到发出告警的平均时间（严重和警告）',
    'Mean time from an event to its alarm (critical and warning)',
  ],
  handle_minutes: [
    '从告警到解决的平均时间（严重和警告）',
    'Mean time from an alarm to its end (critical and warning)',
  ],
  command_success_rate: ['设备确认的指令 ÷ 下发的指令', 'Commands acknowledged ÷ commands sent'],
  command_latency: [
    '设备在线时，指令从排队到下发的时间',
    'From the queue to the wire while the device is online',
  ],
  webhook_success: ['送达的推送 ÷ 产生的推送', 'Webhooks delivered ÷ webhooks made'],
  webhook_latency: ['从事件发生到首次推送的时间', 'From an event to the first attempt to tell it'],
  port_utilisation: [
    '充电秒数 ÷ 端口服务秒数',
    'Seconds charging ÷ seconds that ports were in service',
  ],
  energy_utilisation: ['充电量 ÷（额定功率 × 时间）', 'Energy ÷ (rated power × time)'],
  satisfaction: ['4 星及以上的评价 ÷ 全部评价', 'Reviews with 4 stars or more ÷ all reviews'],
}
