import type { ListPath } from '@/api/types'
import { defineComponent, h } from 'vue'
import type { ListDefinition } from './definition'
import ListPage from './ListPage.vue'

/** Checks a definition against the server's document. */
export const defineList = <P extends ListPath>(definition: ListDefinition<P>) =>
  definition as unknown as ListDefinition

/** A page that is a list and nothing else. */
export const listPage = <P extends ListPath>(definition: ListDefinition<P>) =>
  defineComponent({
    name: definition.page,
    setup: () => () => h(ListPage, { definition: defineList(definition) }),
  })
