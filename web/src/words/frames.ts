import { ap3000 } from './frames/ap3000'
import { bkv } from './frames/bkv'
import { common } from './frames/common'
import { infypower } from './frames/infypower'
import { infypowerAlarms } from './frames/infypower_alarms'
import { infypowerEnds } from './frames/infypower_ends'
import { troubleOf } from './frames/troubles'
import { ykc } from './frames/ykc'
import { matched, type Pattern } from './patterns'
import { locale } from './words'

/** Each English text stands in one of them. */
export const dictionaries = {
  common,
  bkv,
  ap3000,
  ykc,
  infypower,
  infypowerAlarms,
  infypowerEnds,
}

/** A map, for texts of frames may be called like what every object has. */
const known = new Map(Object.values(dictionaries).flatMap((words) => Object.entries(words)))

/** Texts with numbers or others of these texts in them. */
const PATTERNS: readonly Pattern[] = [
  [/^printed number (\d+)$/, (number) => `印刷编号 ${number}`],
  [/^printed as (\d+)$/, (number) => `卡面号码 ${number}`],
  [/^meter (BL0939|RN8209)$/, (chip) => `计量芯片 ${chip}`],
  [/^alarm bit (\d+)$/, (bit) => `告警位 ${bit}`],
  [/^key (.+)$/, (key) => `键 ${key}`],
  [/^unknown (0x[\da-f]+)$/, (bits) => `未知位 ${bits}`],
  [/^unknown failure (\d+)$/, (code) => `未知失败原因 ${code}`],
  [/^ended \(code (\d+)\)$/, (code) => `停止（代码 ${code}）`],
  [/^(.+) \(undefined\)$/, (what) => `${chinese(what)}（未定义）`],
  [/^(.+) \(not trustworthy\)$/, (what) => `${chinese(what)}（不可信）`],
]

const whole = (text: string): string | undefined => known.get(text) ?? matched(text, PATTERNS)

/** What is set of many bits stands with commas between; some of the words have commas of their own. */
function list(text: string): string {
  const words = text.split(', ')
  const said: string[] = []
  let from = 0
  while (from < words.length) {
    let until = words.length
    let word: string | undefined
    while (until > from && word === undefined) {
      word = whole(words.slice(from, until).join(', '))
      if (word === undefined) until -= 1
    }
    // Not even its first word is known: it stays.
    if (word === undefined) until = from + 1
    said.push(word ?? words[from] ?? '')
    from = until
  }
  return said.join('，')
}

const chinese = (text: string): string => whole(text) ?? list(text)

/** What a frame says in the language that is shown; what nobody has translated stays English. */
export const frameText = (text: string): string => (locale.value === 'zh' ? chinese(text) : text)

/** The same of why bytes are no frame. */
export const frameTrouble = (text: string): string =>
  locale.value === 'zh' ? (troubleOf(text, chinese) ?? chinese(text)) : text
