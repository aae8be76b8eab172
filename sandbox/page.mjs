/** One page of what was found, with the URIs of its neighbours, as Twilio's lists have them. */
export function answerPage(name, found, { pathname, searchParams }) {
  const size = Math.min(Math.max(Number(searchParams.get('PageSize')) || 50, 1), 1000);
  const number = Math.max(Number(searchParams.get('Page')) || 0, 0);
  const uri = (other) => {
    const query = new URLSearchParams(searchParams);
    query.set('PageSize', size);
    query.set('Page', other);
    return `${pathname}?${query}`;
  };
  return {
    [name]: found.slice(number * size, (number + 1) * size),
    page: number,
    page_size: size,
    uri: uri(number),
    first_page_uri: uri(0),
    next_page_uri: (number + 1) * size < found.length ? uri(number + 1) : null,
    previous_page_uri: number > 0 ? uri(number - 1) : null,
  };
}
