/** Reads tables that people keep in spreadsheets. */

/** Rows beyond those are not taken: a file of that length is a mistake. */
export const ROWS_MAX = 5_000

/** The cells of a .xlsx or .csv file as text, empty lines left out. */
export async function readTable(file: File): Promise<string[][]> {
  const table = /\.xlsx$/i.test(file.name) ? await readXlsx(file) : parseCsv(await readText(file))
  return table.filter((row) => row.some((cell) => cell !== ''))
}

async function readXlsx(file: File): Promise<string[][]> {
  const { readSheet } = await import('read-excel-file/browser')
  const rows = await readSheet<string>(file, { parseNumber: numberText })
  return rows.map((row) => row.map((cell) => cellText(cell).trim()))
}

/** Spreadsheets keep so many digits of a number; behind them they write noughts. */
const DIGITS = 15
const CUT_SHORT = /^[1-9]\d{14}0+$/

/** A number as the spreadsheet shows it: its file says 4.3499999999999996 for 4.35. */
export function numberText(written: string): string {
  if (CUT_SHORT.test(written)) return Number(written).toExponential()
  return /^-?\d+\.\d+$/.test(written)
    ? String(Number(Number(written).toPrecision(DIGITS)))
    : written
}

/** Days are days: a moment of one stays a moment. */
export function cellText(cell: unknown): string {
  if (!(cell instanceof Date)) return String(cell ?? '')
  return cell.toISOString().replace('T00:00:00.000Z', '')
}

/** Spreadsheets in China write either UTF-8 or GBK; only one of them is legible. */
async function readText(file: File): Promise<string> {
  const bytes = await file.arrayBuffer()
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return new TextDecoder('gb18030').decode(bytes)
  }
}

/** Comma, semicolon or tab, whichever the first line has most of. */
function separatorOf(text: string): string {
  const [first = ''] = text.split('\n', 1)
  const counts = [',', ';', '\t'].map((each) => [first.split(each).length, each] as const)
  return counts.sort(([a], [b]) => b - a)[0]?.[1] ?? ','
}

export function parseCsv(source: string): string[][] {
  const text = source.replace(/^\uFEFF/, '')
  const separator = separatorOf(text)
  const rows: string[][] = []
  let row: string[] = []
  let cell = ''
  let quoted = false
  const endCell = () => {
    row.push(cell.trim())
    cell = ''
  }
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] ?? ''
    if (quoted) {
      if (char !== '"') cell += char
      else if (text[at + 1] === '"') {
        cell += char
        at += 1
      } else quoted = false
    } else if (char === '"') quoted = true
    else if (char === separator) endCell()
    else if (char === '\n') {
      endCell()
      rows.push(row)
      row = []
    } else if (char !== '\r') cell += char
  }
  endCell()
  return [...rows, row]
}

/** One line of a CSV file. */
export const csvLine = (cells: readonly string[]): string =>
  cells.map((cell) => (/[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',')
