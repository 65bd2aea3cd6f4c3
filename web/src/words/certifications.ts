import { valueLabel } from './labels'
import { matched, type Pattern } from './patterns'
import { reasonText } from './reasons'
import { refusal } from './refusals'
import { locale } from './words'

/** An order as reasons name it: `completed (normal)`. */
function order(text: string): string {
  const [, state = '', reason = ''] = /^(\w+) \((\w+)\)$/.exec(text) ?? []
  return state
    ? `${valueLabel('status', state)}（${valueLabel('end_reason', reason)}）`
    : reasonText(text)
}
const COMMANDS: Record<string, string> = { start: '启动', stop: '停止', query: '查询' }
const commands = (names: string) =>
  names
    .split(', ')
    .map((name) => COMMANDS[name] ?? name)
    .join('、')

/** Why a check has failed. */
const REASONS: readonly Pattern[] = [
  [
    /^([\d.]+) % of (\d+), must exceed ([\d.]+) %$/,
    (is, of, most) => `${of} 次中 ${is} %，须高于 ${most} %`,
  ],
  [/^the start was not answered$/, () => '启动没有应答'],
  [/^the device did not begin, or nobody plugged in$/, () => '设备没有开始充电，或没有人插枪'],
  [/^no charge could be started: (.+)$/, (why) => `无法启动充电：${refusal(why)}`],
  [/^the device has been offline for (\d+) minutes$/, (minutes) => `设备已离线 ${minutes} 分钟`],
  [/^the device has been offline for more than ten minutes$/, () => '设备离线超过 10 分钟'],
  [
    /^the charge did not end: the device has been offline for (\d+) minutes$/,
    (minutes) => `充电没有结束：设备已离线 ${minutes} 分钟`,
  ],
  [/^no end report: the charge did not end in time$/, () => '没有结束上报：充电没有按时结束'],
  [/^the port is not idle afterwards$/, () => '结束后端口不空闲'],
  [/^the stop was not obeyed$/, () => '没有执行停止'],
  [/^not obeyed: (.+)$/, (names) => `没有执行：${commands(names)}`],
  [
    /^nothing was noticed, or nobody did what was asked$/,
    () => '没有察觉到任何情况，或没有人按要求操作',
  ],
  [
    /^the charge ended before anything happened: (.+)$/,
    (how) => `未等到情况发生，充电已结束：${order(how)}`,
  ],
  [/^no bill: (.+)$/, (how) => `没有账单：${order(how)}`],
  [/^the charge went on to its planned end$/, () => '充电一直进行到计划结束'],
  [
    /^neither an alarm nor the end reason tells of the fault$/,
    () => '告警和停止原因都没有反映该故障',
  ],
  [/^the fault did not go away$/, () => '故障没有消除'],
  [
    /^the link was not lost, or nobody did what was asked$/,
    () => '连接没有中断，或没有人按要求操作',
  ],
  [/^the device did not come back$/, () => '设备没有恢复连接'],
  [/^no way to update it from afar$/, () => '没有远程升级的方式'],
  [/^it ended after (\d+) s: (.+)$/, (seconds, how) => `${seconds} 秒后结束：${order(how)}`],
  [/^a charge failed$/, () => '有一次充电失败'],
  [/^(\d+) interruptions$/, (count) => `中断 ${count} 次`],
  [/^(\S+): (.+)$/, (number, why) => `${number}：${said(why)}`],
]
const said = (reason: string): string => matched(reason, REASONS) ?? order(reason)

/** Why a check of a certification has failed; what nobody has translated stays. */
export const checkReason = (reason: string): string =>
  locale.value === 'zh' ? said(reason) : reason
