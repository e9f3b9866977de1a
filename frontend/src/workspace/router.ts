/** Where we are: `/documents/d1?view=chunks` is section `documents`, id `d1`. */
export interface Route {
  readonly section: string
  readonly id: string | null
  readonly query: URLSearchParams
}

export function routeOf(url: URL): Route {
  const [section = '', id = ''] = url.pathname.split('/').filter((part) => part !== '').map(safely)
  return { section: section || 'chat', id: id || null, query: url.searchParams }
}

function safely(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

export function path(section: string, id: string | null = null, query: Readonly<Record<string, string | null | undefined>> = {}): string {
  const pairs = Object.entries(query).filter((pair): pair is [string, string] => pair[1] != null && pair[1] !== '')
  const search = new URLSearchParams(pairs).toString()
  return `/${section}${id ? `/${encodeURIComponent(id)}` : ''}${search && `?${search}`}`
}

/** Goes to an address inside the workspace; `replace` keeps the back button out of it. */
export function go(address: string, replace = false): void {
  if (address === location.pathname + location.search) return
  history[replace ? 'replaceState' : 'pushState'](null, '', address)
  dispatchEvent(new PopStateEvent('popstate'))
}

/** Calls back on every change of address, and lets plain links inside `root` stay in the page. */
export function follow(root: HTMLElement, changed: (route: Route) => void): () => void {
  const tell = (): void => changed(routeOf(new URL(location.href)))
  const click = (event: MouseEvent): void => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    const link = event.composedPath().find((node): node is HTMLAnchorElement => node instanceof HTMLAnchorElement)
    if (!link || link.target || link.origin !== location.origin || !link.dataset.inside) return
    event.preventDefault()
    go(link.pathname + link.search)
  }
  addEventListener('popstate', tell)
  root.addEventListener('click', click)
  tell()
  return () => {
    removeEventListener('popstate', tell)
    root.removeEventListener('click', click)
  }
}
