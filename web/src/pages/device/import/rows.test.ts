import { expect, test } from 'vitest'
import { deviceOf, isSound, understand } from './rows'
import { csvLine, parseCsv } from './sheet'

const HEAD = ['设备编号', '名称', '协议', '端口数', '额定功率（W）', '颜色']

test('headings are understood in both languages, what means nothing is named', () => {
  const { rows, unknown } = understand([HEAD, ['82210225000520', '一号', 'GN', '4', '700', '红']])
  expect(unknown).toEqual(['颜色'])
  expect(rows.every(isSound)).toBe(true)
  expect(rows[0] && deviceOf(rows[0])).toEqual({
    phy_id: '82210225000520',
    name: '一号',
    protocol: 'bkv',
    port_count: 4,
    rated_power_w: 700,
  })
  expect(understand([['PHY_ID', 'Ports']]).unknown).toEqual([])
})

test('every field says for itself what is wrong', () => {
  const { rows } = understand([HEAD, ['82 21', '', 'modbus', '-1'], ['', '没有编号']])
  expect(Object.keys(rows[0]?.problems ?? {})).toEqual(['phy_id', 'protocol', 'port_count'])
  expect(Object.keys(rows[1]?.problems ?? {})).toEqual(['phy_id'])
})

test('numbers that a spreadsheet has spoiled are found out', () => {
  const { rows } = understand([HEAD, ['8.22102E+13']])
  expect(rows[0]?.problems.phy_id?.[1]).toMatch(/power of ten/)
})

test('a device stands in a file once; the line before is named', () => {
  const { rows } = understand([HEAD, ['A1'], ['B2'], ['A1']])
  expect(rows.map(isSound)).toEqual([true, true, false])
  expect(rows[2]?.problems.phy_id?.[1]).toMatch(/line 2/)
})

test('quoted cells, both line ends and other separators are read', () => {
  expect(parseCsv('\uFEFFa,b\r\n"x, ""y""",2\n')).toEqual([['a', 'b'], ['x, "y"', '2'], ['']])
  expect(parseCsv('a;b;c\n1;2;3')).toEqual([
    ['a', 'b', 'c'],
    ['1', '2', '3'],
  ])
  expect(parseCsv(csvLine(['a "b"', 'c,d']))).toEqual([['a "b"', 'c,d']])
})
