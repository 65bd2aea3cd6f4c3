import { valueLabel } from './labels'
import { matched, type Pattern } from './patterns'
import { locale } from './words'

const state = (word: string) => valueLabel('state', word)

/** What did not agree, and what was done about it. */
const SAID: readonly Pattern[] = [
  [
    /^Order (\S+) is charging but no active port found$/,
    (order) => `订单 ${order} 充电中，但没有正在充电的端口`,
  ],
  [
    /^Order (\S+) status=(\w+) but port status=(\w+)$/,
    (order, its, port) => `订单 ${order} 为${state(its)}，而端口为${state(port)}`,
  ],
  [/^Order (\S+) is active in the database only$/, (order) => `订单 ${order} 只在数据库中为进行中`],
  [
    /^Device (\S+) is online without a connection$/,
    (device) => `设备 ${device} 显示在线，但没有连接`,
  ],
  [
    /^Port (\d+) of (\S+) status=(\w+) but no active order$/,
    (port, device, its) => `设备 ${device} 的 ${port} 号端口为${state(its)}，但没有进行中的订单`,
  ],
  [/^device counts as offline$/, () => '设备改为离线'],
  [/^port added$/, () => '补上端口'],
  [/^port asked$/, () => '查询端口'],
  [/^port set free$/, () => '端口置为空闲'],
  [/^order taken up again$/, () => '重新接管订单'],
]

/** What an inspection says in the language that is shown; what nobody has translated stays. */
export const findingText = (text: string): string =>
  locale.value === 'zh' ? (matched(text, SAID) ?? text) : text
