import { cardImport } from '@/pages/user/card/import'
import { me } from '@/api/session'
import { mount } from '@vue/test-utils'
import { afterEach, expect, test } from 'vitest'
import ImportButton from './ImportButton.vue'

afterEach(() => (me.value = undefined))

const offered = (...leaves: string[]) => {
  const accessPermission = leaves.map((id) => ({
    id,
    label: id,
    label_en: id,
    type: '',
    toggle: true,
  }))
  me.value = { accessPermission } as unknown as typeof me.value
  return mount(ImportButton, { props: { definition: cardImport } })
    .find('button')
    .exists()
}

test('who may write cards, and may import them, is offered to', () => {
  expect(offered('user.card.create', 'user.card.import')).toBe(true)
  expect(offered('user.card.create')).toBe(false)
  expect(offered('user.card.import')).toBe(false)
})
