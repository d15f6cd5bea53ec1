/** The user name as services take it: it is printed in groups, and typed with blanks. */
export function plainName(username: string): string {
  return username.replace(/\s/g, '')
}
