import { expect, test } from 'vitest'
import { above, areaName, areaTree, readAreas } from './areas'

test('a district is named with what it lies in', async () => {
  const areas = await readAreas()
  expect(areaName(areas, '320115')).toBe('江苏省 南京市 江宁区')
  expect(areaName(areas, '110101')).toBe('北京市 东城区')
  expect(areaName(areas, '999999')).toBe('999999')
})

test('every division below a province lies in another', async () => {
  const areas = await readAreas()
  for (const code of Object.keys(areas)) {
    const over = above(code)
    if (over) expect(areas[over], code).toBeDefined()
  }
})

test('the tree has all of them once', async () => {
  const areas = await readAreas()
  const count = (options: ReturnType<typeof areaTree>): number =>
    options.reduce((sum, { children }) => sum + 1 + count(children ?? []), 0)
  const tree = areaTree(areas)
  expect(tree.every(({ value }) => value.endsWith('0000'))).toBe(true)
  expect(count(tree)).toBe(Object.keys(areas).length)
})
