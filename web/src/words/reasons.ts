import { locale } from './words'

/** Why an order ended abnormally, or why its bill waits: several stand with commas between. */
const REASONS: Record<string, string> = {
  'cancelled by administrator': '管理员取消',
  'cancelled by platform': '平台取消',
  'card is not known': '卡号未知',
  clock: '时钟不准',
  deep_valley: '含深谷电量',
  'device offline while charging': '充电中设备离线',
  duration: '时长不符',
  duration_ceiling: '时长超过上限',
  energy: '电量不可信',
  'energy is not what the meter says': '电量与电表读数不符',
  energy_above_power: '电量超过功率所能',
  energy_ceiling: '电量超过上限',
  gun: '枪号不符',
  gun_no: '枪号不符',
  history: '历史记录',
  'its clock is off': '设备时钟不准',
  length: '记录长度未知',
  'less energy than was reported while it charged': '电量少于充电中所报',
  'longer than a day': '时长超过一天',
  loss_energy: '计损电量不符',
  meter: '电表读数不符',
  'more energy than a charge can take': '电量超过一次充电的上限',
  'more energy than its power allows': '电量超过功率所能',
  'negative energy': '电量为负',
  'no price applies': '没有适用的电价',
  'no sign of life while charging': '充电中没有任何消息',
  no_clock: '没有时钟',
  'order lost in device after a restart': '设备重启后丢失订单',
  'paid time is over and the device is silent': '已付时长用完且设备没有消息',
  period_sum: '分时合计不符',
  'port seen idle without an end report': '端口已空闲，没有收到结束上报',
  'power was cut off for fire safety': '因消防安全断电',
  'rejected by device': '设备拒绝',
  scale: '小数位不符',
  'stop commands had no effect': '多次停止指令无效',
  times: '起止时间不符',
  user_cancelled: '用户取消',
}

function chinese(text: string): string {
  const reasons = text.split(', ')
  const isOurs = reasons.some((reason) => reason in REASONS)
  return isOurs ? reasons.map((reason) => REASONS[reason] ?? reason).join('，') : text
}

/** Why an order is as it is; what people wrote themselves stays as they wrote it. */
export const reasonText = (reasons: string): string =>
  locale.value === 'zh' ? chinese(reasons) : reasons
