/** The same bytes as a Buffer, whose `indexOf` and `includes` of a byte are memchr: tens of times as fast. */
export const bytesOf = ({ buffer, byteOffset, length }: Uint8Array): Buffer =>
  Buffer.from(buffer, byteOffset, length);
