import type { Words } from '@/words/words'

/** A line of a list of people. */
export interface Person {
  /** 1 for the first. */
  line: number
  phone: string
  name: string
  flaw?: Words
}

/** What a list says, before it is sent; titles are passed over. */
export function listOf(text: string): Person[] {
  const known = new Set<string>()
  return text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .map((line, index) => ({ cells: line.split(/[,，;\t]/), line: index + 1 }))
    .filter(({ cells, line }) => cells.some((cell) => cell.trim()) && !isTitle(cells, line))
    .map(({ cells, line }) => {
      const [phone = '', name = ''] = cells.map((cell) => cell.trim())
      const flaw = flawOf(phone, known)
      known.add(phone)
      return { line, phone, name, ...(flaw && { flaw }) }
    })
}

/** The list as the server takes it, a line for each person. */
export const csvOf = (people: readonly Person[]): string =>
  people.map(({ phone, name }) => `${phone},${name.replaceAll('"', '')}`).join('\n')

const isTitle = (cells: readonly string[], line: number) =>
  line === 1 && !/\d{3}/.test(cells.join(''))

function flawOf(phone: string, known: ReadonlySet<string>): Words | undefined {
  if (!/^1\d{10}$/.test(phone)) return ['手机号应为 11 位', 'Not eleven digits']
  return known.has(phone) ? ['重复', 'Stands twice'] : undefined
}
