# The least that a request can cost; bench/relay.sh builds it.
relay/floor: relay/floor.c
	$(CC) -std=gnu11 -O2 -Wall -Wextra -Werror $$(pkg-config --cflags libpq) -o $@ $< -lcivetweb $$(pkg-config --libs libpq) -pthread
