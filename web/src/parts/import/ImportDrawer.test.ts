import { locale } from '@/words/words'
import { flushPromises, mount } from '@vue/test-utils'
import { beforeEach, expect, test, vi } from 'vitest'
import ChooseFile from './ChooseFile.vue'
import { defineImport } from './definition'
import ImportDrawer from './ImportDrawer.vue'
import { oneByOne } from './write'

const written: (string | undefined)[] = []
const definition = defineImport({
  title: ['导入物品', 'Import things'],
  hint: ['说明', 'What to know'],
  counter: '个',
  file: 'things',
  operation: 'POST /cards',
  key: 'number',
  columns: {
    number: { label: ['号码', 'Number'], required: true, once: (text) => text },
    size: { label: ['大小', 'Size'] },
  },
  write: oneByOne<'number' | 'size'>(async ({ cells }) => {
    if (cells.number === '3') throw new Error('there already')
    written.push(cells.number)
  }),
})

function opened() {
  return mount(ImportDrawer, {
    props: { definition },
    global: { stubs: { ElDrawer: { template: '<div><slot /><slot name="footer" /></div>' } } },
  })
}
type Drawer = ReturnType<typeof opened>

async function choose(drawer: Drawer, text: string): Promise<void> {
  drawer.findComponent(ChooseFile).vm.$emit('choose', new File([text], 'things.csv'))
  await vi.waitFor(() => expect(drawer.findComponent(ChooseFile).props('busy')).toBe(false))
  await flushPromises()
}
const button = (drawer: Drawer, name: RegExp) =>
  drawer.findAll('button').find((each) => name.test(each.text()))

beforeEach(() => {
  locale.value = 'en'
  written.length = 0
})

test('what is wrong stands beside it; the rest is written, what is refused is told', async () => {
  const drawer = opened()
  await choose(drawer, 'Number,Size,Colour\n1,a,red\n1,b,red\n3,c,red\n,d,red\n5,,')
  expect(drawer.text()).toContain('5 rows: 3 sound, 2 with faults')
  expect(drawer.text()).toContain('Columns that mean nothing are left out: Colour')
  expect(drawer.text()).toContain('stands in line 2 already')
  expect(drawer.text()).toContain('is needed')

  await button(drawer, /^Write 3, leave 2 out$/)?.trigger('click')
  await flushPromises()
  expect(written).toEqual(['1', '5'])
  expect(drawer.text()).toContain('2 written, 1 refused, 3 in all')
  expect(drawer.text()).toContain('there already')
  expect(button(drawer, /List of what was refused/)).toBeDefined()
  expect(drawer.emitted('written')).toHaveLength(1)
})

test('a file without rows is told so, and another one may be chosen', async () => {
  const drawer = opened()
  await choose(drawer, 'Number,Size\n')
  expect(drawer.text()).toContain('The file has no rows')
  expect(button(drawer, /^Write/)).toBeUndefined()
  await choose(drawer, 'Number\n1')
  expect(drawer.text()).not.toContain('The file has no rows')
  expect(button(drawer, /^Write 1$/)).toBeDefined()
})
