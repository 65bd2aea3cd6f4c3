import type { Check } from './definition'

/** Words of the server, and what else people write for them. */
export interface Vocabulary {
  meaning: (text: string | undefined) => string | undefined
  check: Check
}

export function vocabulary(
  values: readonly string[],
  others: Readonly<Record<string, string>>,
): Vocabulary {
  const meant = new Map([
    ...values.map((value) => [value, value] as const),
    ...Object.entries(others),
  ])
  const meaning = (text = '') => meant.get(text.toLowerCase())
  const inChinese = values.map((value) => {
    const other = Object.keys(others).find((word) => others[word] === value)
    return other ? `${value}（${other}）` : value
  })
  return {
    meaning,
    check: (text) =>
      meaning(text)
        ? undefined
        : [`须为 ${inChinese.join('、')}`, `must be one of ${values.join(', ')}`],
  }
}

const YES_OR_NO = vocabulary(['yes', 'no'], { 是: 'yes', 否: 'no', true: 'yes', false: 'no' })

export const yesOrNo: Check = YES_OR_NO.check

/** What `yesOrNo` has let through, as a flag. */
export const flagOf = (text: string | undefined): boolean | undefined =>
  text === undefined ? undefined : YES_OR_NO.meaning(text) === 'yes'
