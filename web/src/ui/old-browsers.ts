/** What Chromium 90 lacks and libraries use (Reka UI: `Object.hasOwn`, `at`). Imported before everything else. */
function define(target: object, name: string, value: unknown): void {
  if (!(name in target)) Object.defineProperty(target, name, { value, writable: true, configurable: true })
}

function at<T>(this: ArrayLike<T>, index: number): T | undefined {
  return this[index < 0 ? this.length + index : index]
}

define(Object, 'hasOwn', (object: object, key: PropertyKey) => Object.prototype.hasOwnProperty.call(object, key))
define(Array.prototype, 'at', at)
define(String.prototype, 'at', at)

export {}
