import { expect, test } from 'vitest'
import { contentOf, lacks } from './content'

test('a code names its device and its port', () => {
  const content = 'https://example.com/charge?device={phy_id}&port={port_no}'
  expect(contentOf(content, '8221 A', 3)).toBe('https://example.com/charge?device=8221%20A&port=3')
})

test('a content that gives two ports one code is found out', () => {
  expect(lacks('https://example.com/c/{phy_id}')).toEqual(['{port_no}'])
  expect(lacks('{phy_id}{port_no}')).toEqual([])
})
