// Two connections of the pool: the second one after a line on standard input, while the first one is held.
package main

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"os"
)

const who = "SELECT CURRENT_USER(), VARIABLE_VALUE FROM performance_schema.session_status " +
	"WHERE VARIABLE_NAME = 'Ssl_cipher'"

func open(ctx context.Context, pool *sql.DB) error {
	connection, err := pool.Conn(ctx)
	if err != nil {
		return err
	}
	var me, cipher string
	if err := connection.QueryRowContext(ctx, who).Scan(&me, &cipher); err != nil {
		return err
	}
	fmt.Printf("session of %s by %s\n", me, cipher)
	return nil
}

func try(ctx context.Context) error {
	pool, err := openPool(ctx)
	if err != nil {
		return err
	}
	if err := open(ctx, pool); err != nil {
		return err
	}
	if _, err := bufio.NewReader(os.Stdin).ReadString('\n'); err != nil {
		return err
	}
	return open(ctx, pool)
}

func main() {
	if err := try(context.Background()); err != nil {
		fmt.Printf("refused: %v\n", err)
		os.Exit(1)
	}
}
