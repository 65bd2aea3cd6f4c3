import { valueLabel } from './labels'
import { matched, type Pattern } from './patterns'
import { reasonText } from './reasons'
import { kpis } from './values/kpis'
import { locale } from './words'

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
  [/^(.+) gave its id and may not connect$/, (ip) => `${ip} 使用了它的设备号，来源不在白名单内`],
  [/^backup failed: (.+)$/, (why) => `备份失败：${why}`],
  [/^bill held: (.+)$/, (why) => `账单挂起：${reasonText(why)}`],
  [/^charging without an order$/, () => '没有订单却在充电'],
  [/^completed without the device's end report$/, () => '没有收到设备结束上报，按最后数据完成'],
  [/^device clock is off by (\d+) s$/, (seconds) => `设备时钟相差 ${seconds} 秒`],
  [/^device event (0x[\da-f]+)$/, (code) => `设备事件 ${code}`],
  [/^device holds other prices$/, () => '设备里的电价与平台不一致'],
  [/^device is back$/, () => '设备已恢复连接'],
  [/^energy by price kind does not add up to the total$/, () => '分时电量之和与总电量不符'],
  [/^no status for (\d+) s while charging$/, (seconds) => `充电中 ${seconds} 秒没有状态上报`],
  [/^offline for (\d+) s$/, (seconds) => `已离线 ${seconds} 秒`],
  [/^start not confirmed for 5 minutes$/, () => '启动 5 分钟未确认'],
  [/^(\d+) starts in a row have failed$/, (count) => `连续 ${count} 次启动失败`],
  [/^the books are not right$/, () => '账簿核验不通过'],
  [/^power flows after a cut-off$/, () => '断电后仍有功率'],
  [/^a record of a charge that nobody knows by its card$/, () => '收到无主的刷卡充电记录'],
  [
    /^vehicle (.+) charges on the order of (.+)$/,
    (vin, known) => `车辆 ${vin} 正在用 ${known} 的订单充电`,
  ],
  [
    /^the record of vehicle (.+) names (.+)$/,
    (known, said) => `车辆 ${known} 的充电记录写的是 ${said}`,
  ],
  [/^the clock was set by (-?\d+) s$/, (seconds) => `已校时 ${seconds} 秒`],
  [/^(\d+) MiB of (\d+) MiB are free$/, (free, total) => `剩余 ${free} MiB，共 ${total} MiB`],
  [/^(\w+) open for (\d+) min$/, (code, minutes) => `告警 ${code} 已持续 ${minutes} 分钟`],
  [
    /^(\w+): no answer after (\d+) attempts$/,
    (command, attempts) => `${valueLabel('command', command)}：下发 ${attempts} 次没有应答`,
  ],
  [/^([\d.]+) W of ([\d.]+) W$/, (draws, limit) => `当前 ${draws} W，上限 ${limit} W`],
  [
    /^(\d+) W of (\d+) W \((\d+) %\)$/,
    (draws, capacity, percent) =>
      `当前 ${Number(draws) / 1000} kW，容量 ${Number(capacity) / 1000} kW（${percent} %）`,
  ],
]

/** What the server writes in Chinese: the names of alarms of figures, and of faults. */
const WRITTEN: Record<string, string> = {
  协议合规率低: 'Protocol compliance is low',
  充电成功率低: 'Charge success is low',
  订单卡住率高: 'Many stuck orders',
  协议错误率高: 'Many protocol errors',
  推送失败: 'Webhooks fail',
  数据库异常: 'Trouble with the database',
  指标越限: 'A figure is beyond its bounds',
  短路保护触发: 'Short circuit',
  过流保护触发: 'Over-current',
  温度过高保护触发: 'Over-temperature',
  功率过高保护触发: 'Over-power',
  电压过高: 'Over-voltage',
  电压过低: 'Under-voltage',
  漏电保护触发: 'Leakage',
  烟雾报警: 'Smoke',
  急停按下: 'Emergency stop pressed',
  电表故障: 'Meter fault',
  继电器故障: 'Relay fault',
  绝缘故障: 'Insulation fault',
  枪锁故障: 'Gun lock fault',
  'BMS 故障': 'BMS fault',
  充电模块故障: 'Charging module fault',
  防雷器故障: 'Surge protector fault',
  柜门打开: 'Door open',
  充电枪连接故障: 'Gun connection fault',
  输入电源故障: 'Supply fault',
  电池反接: 'Battery reversed',
  内部通信故障: 'Internal link fault',
  接地故障: 'Earth fault',
  未知故障: 'Unknown fault',
}
const figures = new Map(Object.values(kpis))

/** `指标越限: 指令成功率`, or the name of a fault. */
function english(message: string): string {
  const [name = '', figure, ...more] = message.split(': ')
  const titled = WRITTEN[name]
  if (titled === undefined || more.length > 0) return message
  return figure === undefined ? titled : `${titled}: ${figures.get(figure) ?? figure}`
}

/** The text of an alarm in the language that is shown; what nobody has translated stays. */
export const alarmText = (message: string): string =>
  locale.value === 'zh' ? (matched(message, SAID) ?? message) : english(message)
