import { locale } from './words'

type Pattern = readonly [RegExp, (...found: string[]) => string]

const yuan = (money: string) =>
  money.replace(/(-?\d+) fen/g, (_, fen) => `¥${(Number(fen) / 100).toFixed(2)}`)

/** What alarms say, as the server writes it. */
const SAID: readonly Pattern[] = [
  [/^came back (\d+) times within 10 min$/, (count) => `10 分钟内重连 ${count} 次`],
  [
    /^device computed (.+), billed (.+)$/,
    (device, billed) => `设备计算 ${yuan(device)}，平台计费 ${yuan(billed)}`,
  ],
  [/^no tariff applies to the device$/, () => '设备没有适用的电价'],
  [/^all (\d+) devices are offline$/, (count) => `全部 ${count} 台设备离线`],
  [/^backup failed: (.+)$/, (why) => `备份失败：${why}`],
  [/^bill held: (.+)$/, (why) => `账单挂起：${why}`],
  [/^charging without an order$/, () => '没有订单却在充电'],
  [/^completed without the device's end report$/, () => '没有收到设备结束上报，按最后数据完成'],
  [/^device holds other prices$/, () => '设备里的电价与平台不一致'],
  [/^energy by price kind does not add up to the total$/, () => '分时电量之和与总电量不符'],
  [/^start not confirmed for 5 minutes$/, () => '启动 5 分钟未确认'],
  [/^the books are not right$/, () => '账簿核验不通过'],
  [/^power flows after a cut-off$/, () => '断电后仍有功率'],
  [/^a record of a charge that nobody knows by its card$/, () => '收到无主的刷卡充电记录'],
  [
    /^vehicle (.+) charges on the order of (.+)$/,
    (vin, known) => `车辆 ${vin} 正在用 ${known} 的订单充电`,
  ],
  [/^the clock was set by (-?\d+) s$/, (seconds) => `已校时 ${seconds} 秒`],
  [
    /^(\d+) W of (\d+) W \((\d+) %\)$/,
    (draws, capacity, percent) =>
      `当前 ${Number(draws) / 1000} kW，容量 ${Number(capacity) / 1000} kW（${percent} %）`,
  ],
]

/** The text of an alarm in the language that is shown; what nobody has translated stays. */
export function alarmText(message: string): string {
  if (locale.value !== 'zh') return message
  for (const [pattern, said] of SAID) {
    const found = pattern.exec(message)
    if (found) return said(...found.slice(1))
  }
  return message
}
