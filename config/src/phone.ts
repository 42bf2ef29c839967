/** The address by which a device calls a telephone number, however it is written (RFC 3966). */
export function telOf(phone: string): string {
  return `tel:${phone.replace(/[^+\d]/gu, '')}`;
}
