import { lists } from '@/api/generated/operations'
import { names } from '@/api/generated/names'
import { describe, expect, it } from 'vitest'
import { fields } from './fields'
import { values } from './values'

/** Their words are names of fields, or file formats. */
const NO_WORDS = new Set(['format', 'sort', 'since', 'then'])

const lacks = (field: string, word: string) => !(`${field}.${word}` in values) && !(word in values)
const lacking = (known: Record<string, readonly string[]>) =>
  Object.entries(known)
    .filter(([field]) => !NO_WORDS.has(field))
    .flatMap(([field, words]) =>
      words.filter((word) => lacks(field, word)).map((word) => `${field}.${word}`),
    )

describe('words', () => {
  it('name every field and filter of the server', () => {
    expect(Object.keys(names).filter((name) => !(name in fields))).toEqual([])
  })
  it('name nothing that the server does not have', () => {
    expect(Object.keys(fields).filter((name) => !(name in names))).toEqual([])
  })
  it('say what every word of a field means', () => {
    expect(lacking(names)).toEqual([])
  })
  it.each(Object.entries(lists))('say what the filters of %s offer', (_, { filters }) => {
    const choices = Object.entries(filters).filter(([, kind]) => typeof kind !== 'string')
    expect(lacking(Object.fromEntries(choices) as Record<string, readonly string[]>)).toEqual([])
  })
  it('are there in both languages', () => {
    const all = [...Object.entries(fields), ...Object.entries(values)]
    expect(all.filter(([, [zh, en]]) => !zh.trim() || !en.trim())).toEqual([])
  })
})
