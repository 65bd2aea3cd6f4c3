import { isSound, understand } from '@/parts/import/understand'
import { expect, test } from 'vitest'
import { deviceImport } from './definition'
import { deviceOf } from './device'

const HEAD = ['设备编号', '名称', '协议', '端口数', '额定功率（W）', '颜色']
const read = (...lines: string[][]) => understand(deviceImport, [HEAD, ...lines]).rows

test('headings are understood in both languages, what means nothing is named', () => {
  const { rows, unknown } = understand(deviceImport, [
    HEAD,
    ['82210225000520', '一号', 'GN', '4', '700', '红'],
  ])
  expect(unknown).toEqual(['颜色'])
  expect(rows.every(isSound)).toBe(true)
  expect(rows[0] && deviceOf(rows[0])).toEqual({
    phy_id: '82210225000520',
    name: '一号',
    protocol: 'bkv',
    port_count: 4,
    rated_power_w: 700,
  })
  expect(understand(deviceImport, [['PHY_ID', 'Ports']]).unknown).toEqual([])
})

test('every field says for itself what is wrong', () => {
  const rows = read(['82 21', '', 'modbus', '-1'], ['', '没有编号'])
  expect(Object.keys(rows[0]?.problems ?? {})).toEqual(['phy_id', 'protocol', 'port_count'])
  expect(Object.keys(rows[1]?.problems ?? {})).toEqual(['phy_id'])
})

test('numbers that a spreadsheet has spoiled are found out', () => {
  expect(read(['8.22102E+13'])[0]?.problems.phy_id?.[1]).toMatch(/power of ten/)
})

test('a device stands in a file once; the line before is named', () => {
  const rows = read(['A1'], ['B2'], ['A1'])
  expect(rows.map(isSound)).toEqual([true, true, false])
  expect(rows[2]?.problems.phy_id?.[1]).toMatch(/line 2/)
})
