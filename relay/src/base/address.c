/*
 * address.c
 *		Addresses as 16 bytes.
 */
#include "base/address.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#define IPV4_BYTES 4
#define IPV4_AT (ADDRESS_BYTES - IPV4_BYTES)
#define IPV4_BITS (8 * IPV4_AT) /* that the mapping puts before an IPv4 address */
#define CUSTOMER_BYTES 8

static const unsigned char ipv4_prefix[IPV4_AT] = {[10] = 0xff, [11] = 0xff};

static bool
is_ipv4(const Address *address)
{
	return memcmp(address->bytes, ipv4_prefix, sizeof(ipv4_prefix)) == 0;
}

bool
address_read(const char *text, Address *address)
{
	memcpy(address->bytes, ipv4_prefix, sizeof(ipv4_prefix));
	return inet_pton(AF_INET, text, address->bytes + IPV4_AT) == 1 ||
	       inet_pton(AF_INET6, text, address->bytes) == 1;
}

Address
address_of_ipv4(const struct in_addr *ipv4)
{
	Address address;

	memcpy(address.bytes, ipv4_prefix, sizeof(ipv4_prefix));
	memcpy(address.bytes + IPV4_AT, ipv4, IPV4_BYTES);
	return address;
}

bool
address_range_read(const char *text, AddressRange *range)
{
	char address[INET6_ADDRSTRLEN];
	size_t length = strcspn(text, "/");
	const char *digits = text + length + 1;
	bool short_form = memchr(text, ':', length) == NULL;
	int most = short_form ? 8 * IPV4_BYTES : 8 * ADDRESS_BYTES;

	if (length >= sizeof(address))
		return false;
	memcpy(address, text, length);
	address[length] = '\0';
	range->bits = 8 * ADDRESS_BYTES;
	if (!address_read(address, &range->network))
		return false;
	if (text[length] == '\0')
		return true;
	if (strspn(digits, "0123456789") != strlen(digits) || digits[0] == '\0' || strlen(digits) > 3 ||
	    atoi(digits) > most)
		return false;
	range->bits = atoi(digits) + (short_form ? IPV4_BITS : 0);
	return true;
}

bool
address_is_in(const Address *address, const AddressRange *range)
{
	int whole = range->bits / 8;
	int mask = 0xff00 >> range->bits % 8 & 0xff;

	return memcmp(address->bytes, range->network.bytes, whole) == 0 &&
	       (mask == 0 || ((address->bytes[whole] ^ range->network.bytes[whole]) & mask) == 0);
}

Address
address_of_customer(const Address *address)
{
	Address customer = *address;

	if (!is_ipv4(address))
		memset(customer.bytes + CUSTOMER_BYTES, 0, ADDRESS_BYTES - CUSTOMER_BYTES);
	return customer;
}
