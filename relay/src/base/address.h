/*
 * address.h
 *		IP addresses and networks; IPv4 as the part of IPv6 that it is mapped to.
 */
#ifndef RELAY_ADDRESS_H
#define RELAY_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>

#define ADDRESS_BYTES 16

typedef struct Address
{
	unsigned char bytes[ADDRESS_BYTES];
} Address;

typedef struct AddressRange
{
	Address network;
	int bits; /* of the address that must be the network's */
} AddressRange;

/* 192.0.2.1, 2001:db8::1; false when the text is none. */
extern bool address_read(const char *text, Address *address);

extern Address address_of_ipv4(const struct in_addr *ipv4);

/* An address alone, or with the number of bits of its network: 10.0.0.0/8. */
extern bool address_range_read(const char *text, AddressRange *range);
extern bool address_is_in(const Address *address, const AddressRange *range);

/* Who may share it: an IPv4 address is one customer's, of IPv6 the first 64 bits are. */
extern Address address_of_customer(const Address *address);

#endif
