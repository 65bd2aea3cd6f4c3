import { fieldLabel, valueLabel } from './labels'
import { matched, type Pattern } from './patterns'
import { nouns } from './refusals/nouns'
import { problems } from './refusals/problems'
import { sentences } from './refusals/sentences'
import { locale } from './words'

const alternatives = (words: string): string =>
  words
    .split(/, | or /)
    .map((word) => valueLabel('', word))
    .join('、')

/** Sentences with names or numbers in them. */
const SENTENCES: readonly Pattern[] = [
  [/^(.+) not found$/, (what) => `${nouns[what] ?? what}不存在`],
  [/^permission denied: (.+)$/, (leaf) => `没有权限：${leaf}`],
  [/^another may be asked for in (\d+) seconds$/, (seconds) => `请在 ${seconds} 秒后重试`],
  [/^switched off for the time being: (.+)$/, (module) => `该功能已暂停：${module}`],
  [/^the body is longer than (\d+) bytes$/, (bytes) => `内容超过 ${bytes} 字节`],
  [/^the body is not valid JSON: (.+)$/, (why) => `请求内容不是有效的 JSON：${why}`],
  [/^device has no port (\d+)$/, (port) => `设备没有 ${port} 号端口`],
  [/^already checked in on (.+)$/, (day) => `${day} 已签到`],
  [/^order (\S+) stands twice$/, (order) => `订单 ${order} 重复`],
  [/^order (\S+) has another seller$/, (order) => `订单 ${order} 的开票方不同`],
  [/^(order|member) (\S+): (.+)$/, (what, id, why) => `${nouns[what]} ${id}：${sentence(why)}`],
  [/^(\S+) holds (\S+) only$/, (account, balance) => `${account} 余额只有 ${balance}`],
  [
    /^(\S+) is not possible in state (\S+)$/,
    (_, state) => `当前状态（${word(state)}）不允许该操作`,
  ],
  [/^(.+) is not there any more$/, (what) => `${what} 已不存在`],
]

/** The same of what is wrong with a field. */
const PROBLEMS: readonly Pattern[] = [
  [/^must be (-?[\d.]+) to (-?[\d.]+)(?: (.+))?$/, (least, most, of) => between(least, most, of)],
  [
    /^must be a whole number from (\S+) to (\S+)$/,
    (least, most) => `应为 ${least} 至 ${most} 的整数`,
  ],
  [/^must be at most (\d+) networks$/, (most) => `最多 ${most} 个网段`],
  [/^must be at most (\d+)(?: (.+))?$/, (most, of) => `最多 ${most}${unit(of)}`],
  [/^must be at least (\d+)$/, (least) => `至少 ${least}`],
  [/^must be more than (\S+)(?: .*)?$/, (least) => `须大于 ${fieldLabel(least)}`],
  [/^must be a multiple of (\S+)$/, (step) => `应为 ${step} 的倍数`],
  [
    /^must be up to (\S+) to either side, and not 0$/,
    (most) => `应为 -${most} 至 ${most}，且不为 0`,
  ],
  [/^must have (\d+) to (\d+) (.+)$/, (least, most, of) => `应有 ${least} 至 ${most}${unit(of)}`],
  [/^must have at most (\d+) (.+)$/, (most, of) => `最多 ${most}${unit(of)}`],
  [/^must have (\d+) digits$/, (digits) => `应为 ${digits} 位数字`],
  [/^must be after (\w+)/, (field) => `应晚于${fieldLabel(field)}`],
  [/^must come after (\w+)/, (field) => `应晚于${fieldLabel(field)}`],
  [/^must begin with (.+)$/, (start) => `应以 ${start} 开头`],
  [/^must sum to 100, not to (\d+)$/, (sum) => `合计应为 100，现为 ${sum}`],
  [/^must be one of (.+)$/, (words) => `应为以下之一：${words}`],
  [/^must be ((?:\w+, )*\w+ or \w+)$/, (words) => `应为${alternatives(words)}之一`],
  [
    /^is required (?:for|in) charge_mode (\d)/,
    (mode) => `${valueLabel('charge_mode', mode)}时必填`,
  ],
  [/^is required\b/, () => '必填'],
  [/^(\S+) is no code of six digits$/, (code) => `${code} 不是六位代码`],
  [
    /^(\S+) is no (?:role of this organisation|leaf of the permission tree|member|scope|station|id)/,
    (id) => `${id} 不存在`,
  ],
  [/^(\S+) is no station of yours$/, (id) => `${id} 不是您的站点`],
  [/^(\S+) does not take this firmware$/, (device) => `${device} 不适用该固件`],
  [/^`(.*)` is not a network in CIDR notation/, (text) => `“${text}”不是网段，应形如 10.0.0.0/8`],
  [
    /^`(.+)` has bits set beyond its prefix$/,
    (text) => `“${text}”的主机位不为 0，应写网段本身，如 10.0.0.0/8`,
  ],
  [/^unknown field `(.+?)`/, (field) => `未知字段 ${field}`],
]

const word = (state: string) => valueLabel('state', state)
const UNITS: Record<string, string> = {
  characters: ' 个字符',
  bytes: ' 字节',
  seconds: ' 秒',
  minutes: ' 分钟',
  fen: ' 分',
  digits: ' 位数字',
  orders: ' 笔订单',
  lines: ' 行',
  days: ' 天',
  devices: ' 台设备',
  entries: ' 条',
  parameters: ' 个参数',
  sockets: ' 个插座',
  degrees: ' 度',
}
const unit = (of = '') => UNITS[of] ?? (of ? ` ${of}` : '')
const between = (least: string, most: string, of?: string) => `应为 ${least} 至 ${most}${unit(of)}`

const sentence = (text: string): string => sentences[text] ?? matched(text, SENTENCES) ?? text
const problem = (text: string): string =>
  problems[text] ?? matched(text, PROBLEMS) ?? sentence(text)

/** A refusal in the language that is shown; what nobody has translated stays English. */
export const refusal = (text: string): string => (locale.value === 'zh' ? sentence(text) : text)

/** The same of what is wrong with a field. */
export const fieldProblem = (text: string): string => (locale.value === 'zh' ? problem(text) : text)
