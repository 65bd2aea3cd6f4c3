import { cardImport } from '@/pages/user/card/import'
import { deviceImport } from '@/pages/device/import/definition'
import { vehicleImport } from '@/pages/user/vehicle/import'
import { locale } from '@/words/words'
import { describe, expect, it } from 'vitest'
import { columnsOf, plain } from './columns'
import { refusedOf, templateOf } from './files'
import { parseCsv } from './sheet'
import { isSound, understand } from './understand'

const tableOf = async (file: Blob) =>
  parseCsv(await file.text()).filter((row) => row.some((cell) => cell !== ''))

describe.each([
  ['devices', deviceImport],
  ['cards', cardImport],
  ['vehicles', vehicleImport],
])('the template of %s', (_, definition) => {
  it.each(['zh', 'en'] as const)('is understood as it is, in %s', async (language) => {
    locale.value = language
    const table = await tableOf(templateOf(definition))
    expect(new Set(table[0]?.map(plain)).size).toBe(columnsOf(definition).length)
    const { rows, unknown } = understand(definition, table)
    expect(unknown).toEqual([])
    expect(rows.map(isSound)).toEqual([true])
  })

  it('has no heading that means two columns', () => {
    const headings = Object.entries(definition.columns).flatMap(([name, { label, also }]) => [
      ...new Set([name, ...(label ?? []), ...(also ?? [])].map(plain)),
    ])
    expect(new Set(headings).size).toBe(headings.length)
  })
})

it('what was refused can be imported again', async () => {
  locale.value = 'zh'
  const { rows } = understand(cardImport, [
    ['卡号', '单次限额（元）', '备注'],
    ['0001', '12.34', 'a, "b"'],
  ])
  const results = rows.map((row) => ({ row, trouble: '卡号已存在' }))
  const again = understand(cardImport, await tableOf(refusedOf(cardImport, results)))
  expect(again.unknown).toEqual(['失败原因'])
  expect(again.rows[0]?.cells).toEqual(rows[0]?.cells)
})
