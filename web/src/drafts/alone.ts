/** Runs work that no other tab of this browser does under the same name meanwhile; just runs it where there are no locks. */
export async function alone<T>(name: string, work: () => Promise<T>): Promise<T> {
  const locks = navigator.locks as LockManager | null | undefined
  return locks ? ((await locks.request(name, work)) as T) : work()
}
