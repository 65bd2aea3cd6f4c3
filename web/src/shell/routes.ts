import { maySee, me } from '@/api/session'
import type { Component } from 'vue'
import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'

/** `../pages/order/charge.ts` is the page `order.charge`; `charge.detail.vue` tells of one thing. */
const files = import.meta.glob<Component>('../pages/*/*.{ts,vue}', { import: 'default' })
const PAGE = /\.\.\/pages\/([a-z]+)\/([a-z_]+?)(\.detail|\.new)?\.(?:ts|vue)$/

const pages: RouteRecordRaw[] = Object.entries(files).flatMap(([file, load]) => {
  const found = PAGE.exec(file)
  if (!found) return []
  const [, menu, page, part] = found
  const path = `/${menu}/${page}`
  const meta = { page: `${menu}.${page}` }
  if (part === '.detail') return [{ path: `${path}/:key`, component: load, props: true, meta }]
  if (part === '.new') return [{ path: `${path}/new`, component: load, meta }]
  return [{ path, component: load, meta }]
})

/** The pages that have been made, `order.charge`. */
export const made = new Set(pages.map(({ meta }) => meta?.page as string))

export const pathOf = (page: string): string => `/${page.replace('.', '/')}`

export const router = createRouter({
  history: createWebHistory('/console/'),
  routes: [
    { path: '/', redirect: () => firstPage() },
    ...pages,
    { path: '/profile', component: () => import('./profile/Profile.vue') },
    { path: '/:rest(.*)*', component: () => import('./NoSuchPage.vue') },
  ],
  scrollBehavior: (_to, _from, kept) => kept ?? { top: 0 },
})

/** Where somebody begins: the first page of their sidebar. */
function firstPage(): string {
  const entries = me.value?.sidebar.flatMap(({ children }) => children ?? []) ?? []
  const first = entries.find(({ id }) => made.has(id))
  return first ? pathOf(first.id) : '/nowhere'
}

/** Whether the account may open what an address leads to. */
export const isOpen = (page: unknown): boolean => typeof page !== 'string' || maySee(page)
