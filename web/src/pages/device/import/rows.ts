import type { Body } from '@/api/types'
import { PROTOCOLS } from '@/parts/value/protocols'
import type { Words } from '@/words/words'

export type NewDevice = Body<'POST /devices'>
export type Column = keyof NewDevice | 'station_no'
export type Problems = Partial<Record<Column, Words>>

/** A line of a file, as it would be written. */
export interface ImportRow {
  /** Its line in the file, 1 for the heading. */
  line: number
  cells: Partial<Record<Column, string>>
  problems: Problems
}

export interface Understood {
  rows: ImportRow[]
  /** Columns that mean nothing to us; they are left out. */
  unknown: string[]
}

/** `gn` is another name of it. */
const ALIASES: Record<string, string> = { gn: 'bkv', 云快充: 'ykc', 英飞源: 'infypower' }
const TEXT_MAX = 200
const PORTS_MAX = 512
const POWER_MAX_W = 100_000_000

/** The headings that are understood; the first two are those of the template. */
export const HEADINGS: Record<Column, readonly string[]> = {
  phy_id: ['设备编号', 'phy_id', '桩编号', '设备号', '编号', 'device', 'device_phy_id'],
  ip: ['来源IP', 'ip', 'ip地址'],
  name: ['名称', 'name', '设备名称'],
  station_no: ['站点编号', 'station_no', '站点编号', 'station'],
  protocol: ['协议', 'protocol'],
  dialect: ['方言', 'dialect', '协议版本'],
  model: ['型号', 'model'],
  port_count: ['端口数', 'port_count', '枪数', 'ports'],
  rated_power_w: ['额定功率(W)', 'rated_power_w', '额定功率', '功率(w)'],
  remark: ['备注', 'remark'],
}
export const COLUMNS = Object.keys(HEADINGS) as Column[]

const plain = (heading: string) =>
  heading.toLowerCase().replace(/[\s*]/g, '').replace(/（/g, '(').replace(/）/g, ')')
const BY_HEADING = new Map(
  COLUMNS.flatMap((column) => HEADINGS[column].map((heading) => [plain(heading), column] as const)),
)

const number = (text: string, most: number): Words | undefined =>
  /^\d+$/.test(text) && Number(text) <= most
    ? undefined
    : [`须为 0 至 ${most} 的整数`, `must be a whole number up to ${most}`]
const short = (text: string): Words | undefined =>
  text.length > TEXT_MAX ? [`最多 ${TEXT_MAX} 个字`, `at most ${TEXT_MAX} characters`] : undefined

const CHECKS: Record<Column, (text: string) => Words | undefined> = {
  phy_id: (text) => {
    if (/^\d(\.\d+)?E\+?\d+$/i.test(text)) {
      return [
        '被表格软件改成了科学计数法：请把这一列设为文本格式后重新填写',
        'turned into a power of ten by the spreadsheet: make the column text and enter it again',
      ]
    }
    return /^[A-Za-z0-9_-]{1,32}$/.test(text)
      ? undefined
      : ['只能是 1 至 32 位字母、数字、- 或 _', '1 to 32 letters, digits, - or _']
  },
  ip: (text) =>
    /^(\d{1,3}\.){3}\d{1,3}$/.test(text) || text.includes(':')
      ? undefined
      : ['不是 IP 地址', 'is no address'],
  name: short,
  station_no: (text) =>
    /^[A-Za-z0-9_-]{1,20}$/.test(text) ? undefined : ['不是站点编号', 'is no number of a station'],
  protocol: (text) =>
    PROTOCOLS.includes(ALIASES[text.toLowerCase()] ?? text.toLowerCase())
      ? undefined
      : [`须为 ${PROTOCOLS.join('、')}`, `must be one of ${PROTOCOLS.join(', ')}`],
  dialect: short,
  model: short,
  port_count: (text) => number(text, PORTS_MAX),
  rated_power_w: (text) => number(text, POWER_MAX_W),
  remark: short,
}

/** What the lines of a table mean, and what is wrong with each of their fields. */
export function understand(table: readonly (readonly string[])[]): Understood {
  const [headings = [], ...lines] = table
  const columns = headings.map((heading) => BY_HEADING.get(plain(heading)))
  const unknown = headings.filter((heading, at) => heading !== '' && !columns[at])
  const rows = lines.map((cells, at) => rowOf(columns, cells, at + 2))
  markRepeated(rows)
  return { rows, unknown }
}

function rowOf(
  columns: readonly (Column | undefined)[],
  cells: readonly string[],
  line: number,
): ImportRow {
  const row: ImportRow = { line, cells: {}, problems: {} }
  columns.forEach((column, at) => {
    const text = cells[at] ?? ''
    if (!column || text === '') return
    row.cells[column] = text
    const problem = CHECKS[column](text)
    if (problem) row.problems[column] = problem
  })
  if (!row.cells.phy_id && !row.cells.ip) {
    row.problems.phy_id = ['设备编号或来源 IP 至少填一个', 'the device or its address is needed']
  }
  return row
}

function markRepeated(rows: readonly ImportRow[]): void {
  const first = new Map<string, number>()
  for (const { cells, line, problems } of rows) {
    const key = cells.phy_id
    if (!key) continue
    const before = first.get(key)
    if (before === undefined) first.set(key, line)
    else problems.phy_id = [`与第 ${before} 行重复`, `stands in line ${before} already`]
  }
}

export const isSound = ({ problems }: ImportRow): boolean => Object.keys(problems).length === 0

/** What the server is given. */
export function deviceOf({ cells }: ImportRow): NewDevice {
  const whole = (text: string | undefined) => (text === undefined ? undefined : Number(text))
  const protocol = cells.protocol?.toLowerCase()
  return {
    phy_id: cells.phy_id,
    ip: cells.ip,
    name: cells.name,
    protocol: protocol && (ALIASES[protocol] ?? protocol),
    dialect: cells.dialect,
    model: cells.model,
    port_count: whole(cells.port_count),
    rated_power_w: whole(cells.rated_power_w),
    remark: cells.remark,
  }
}
