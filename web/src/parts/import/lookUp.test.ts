import { expect, test } from 'vitest'
import { defineImport } from './definition'
import { lookUp } from './lookUp'
import { isSound, understand } from './understand'

test('what rows name is asked for once, and told where there is none', async () => {
  const asked: string[] = []
  const definition = defineImport({
    title: ['导入', 'Import'],
    hint: ['', ''],
    counter: '个',
    file: 'things',
    operation: 'POST /cards',
    key: 'place',
    columns: {
      place: {
        check: (text) => (text === '?' ? ['不是', 'is none'] : undefined),
        finds: {
          find: async (text) => {
            asked.push(text)
            return text === 'A' ? 7 : undefined
          },
          none: ['没有', 'there is none'],
        },
      },
    },
    write: async () => {},
  })
  const { rows } = understand(definition, [['place'], ['A'], ['B'], ['A'], ['?']])
  await lookUp(definition, rows)
  expect(asked).toEqual(['A', 'B'])
  expect(rows.map(({ found }) => found.place)).toEqual([7, undefined, 7, undefined])
  expect(rows.map(isSound)).toEqual([true, false, true, false])
  expect(rows[3]?.problems.place?.[1]).toBe('is none')
})
