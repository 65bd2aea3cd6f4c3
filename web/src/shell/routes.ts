import { maySee, whoWorksHere } from '@/api/session'
import type { Component } from 'vue'
import {
  createRouter,
  createWebHistory,
  type RouteLocationNormalizedLoaded,
  type RouteRecordRaw,
} from 'vue-router'

declare module 'vue-router' {
  interface RouteMeta {
    /** Stands alone: without the shell around it, and open before anybody logged in. */
    alone?: boolean
  }
}

/**
 * `../pages/order/charge.ts` is the page `order.charge`; `charge.detail.vue` tells of one thing;
 * `../pages/screen/show.alone.vue` has no shell around it, nor a leaf of its own.
 */
const files = import.meta.glob<Component>('../pages/*/*.{ts,vue}', { import: 'default' })
const PAGE = /\.\.\/pages\/([a-z]+)\/([a-z_]+?)(\.detail|\.new|\.alone)?\.(?:ts|vue)$/

const pages: RouteRecordRaw[] = Object.entries(files).flatMap(([file, load]): RouteRecordRaw[] => {
  const found = PAGE.exec(file)
  if (!found) return []
  const [, menu, page, part] = found
  const path = `/${menu}/${page}`
  if (part === '.alone') return [{ path, component: load, meta: { alone: true } }]
  const meta = { page: `${menu}.${page}` }
  if (part === '.detail') return [{ path: `${path}/:key`, component: load, props: true, meta }]
  if (part === '.new') return [{ path: `${path}/new`, component: load, meta }]
  return [{ path, component: load, meta }]
})

/** The pages that have been made, `order.charge`. */
export const made = new Set(pages.flatMap(({ meta }) => (meta?.page as string) ?? []))

export const pathOf = (page: string): string => `/${page.replace('.', '/')}`

/** A route needs a component, even one that always leads elsewhere. */
const Nowhere: Component = { render: () => null }

export const router = createRouter({
  history: createWebHistory('/console/'),
  routes: [
    { path: '/', component: Nowhere, beforeEnter: firstPage },
    ...pages,
    { path: '/profile', component: () => import('./profile/Profile.vue') },
    { path: '/:rest(.*)*', component: () => import('./NoSuchPage.vue') },
  ],
  // Where nothing was shown before, there is nothing to scroll back.
  scrollBehavior: (_to, { matched }, kept) => kept ?? (matched.length > 0 && { top: 0 }),
})

/** Whether the address, which may still be on its way, leads to what stands alone. */
export function standsAlone({ matched, meta }: RouteLocationNormalizedLoaded): boolean {
  if (matched.length > 0) return meta.alone === true
  const path = location.pathname.replace(/^\/console/, '')
  return router.resolve(path).meta.alone === true
}

/** Where somebody begins, once it is known who they are: the first page of their sidebar. */
async function firstPage(): Promise<string> {
  const { sidebar } = await whoWorksHere()
  const first = sidebar.flatMap(({ children }) => children ?? []).find(({ id }) => made.has(id))
  return first ? pathOf(first.id) : '/nowhere'
}

/** Whether the account may open what an address leads to. */
export const isOpen = (page: unknown): boolean => typeof page !== 'string' || maySee(page)
